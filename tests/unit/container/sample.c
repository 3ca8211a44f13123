// SPDX-License-Identifier: GPL-2.0
#include "sample.h"

#include <string.h>

struct kmend_container *sample_container(const char *id)
{
	struct kmend_container *container = kmend_calloc(1, sizeof(*container));
	struct kmend_manifest *manifest = kmend_calloc(1, sizeof(*manifest));
	struct kmend_manifest_function *function;

	container->manifest = manifest;
	manifest->id = kmend_strdup(id);
	manifest->description = kmend_strdup("AF_UNIX: refuse what a datagram socket cannot do\n\nSecond paragraph.");
	manifest->release = kmend_strdup("6.1.0-50-amd64");
	manifest->version = kmend_strdup("6.1.176-1");
	manifest->compiler = kmend_strdup("gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0");
	kmend_strv_add(&manifest->cves, "CVE-2026-52928");
	kmend_strv_add(&manifest->units, "net/unix/af_unix.c");
	function = kmend_array_add(manifest->functions, manifest->nr_functions);
	function->unit = kmend_strdup("net/unix/af_unix.c");
	function->name = kmend_strdup("unix_ioctl");
	function->change = kmend_strdup("changed");
	manifest->created = 1700000000;
	container->module_size = 3000;
	container->module = kmend_calloc(1, container->module_size);
	for (size_t i = 0; i < container->module_size; i++)
		container->module[i] = (char)(i * 7919 >> 3);
	memcpy(container->module, "\177ELF", 4);
	container->diff = kmend_strdup("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n");
	container->diff_size = strlen(container->diff);
	container->provenance = kmend_strdup("{\"kmend\": \"0.1.0\", \"inputs\": []}\n");
	return container;
}
