// SPDX-License-Identifier: GPL-2.0
#include "sample.h"

#include <string.h>

static struct kmend_buffer sample_module(size_t size, char last)
{
	struct kmend_buffer module = { .data = kmend_calloc(1, size), .size = size };

	for (size_t i = 0; i < size; i++)
		module.data[i] = (char)(i * 7919 >> 3);
	memcpy(module.data, "\177ELF", 4);
	module.data[size - 1] = last;
	return module;
}

struct kmend_container *sample_container(const char *id)
{
	struct kmend_container *container = kmend_calloc(1, sizeof(*container));
	struct kmend_manifest *manifest = kmend_calloc(1, sizeof(*manifest));
	struct kmend_manifest_function *function;
	struct kmend_manifest_part *part;

	container->manifest = manifest;
	manifest->id = kmend_strdup(id);
	manifest->description = kmend_strdup("AF_UNIX: refuse what a datagram socket cannot do\n\nSecond paragraph.");
	manifest->release = kmend_strdup("6.1.0-50-amd64");
	manifest->version = kmend_strdup("6.1.176-1");
	manifest->compiler = kmend_strdup("gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0");
	kmend_strv_add(&manifest->cves, "CVE-2026-52928");
	kmend_strv_add(&manifest->waivers, "initial-value:limit=set by an administrator anyway");
	part = kmend_array_add(manifest->parts, manifest->nr_parts);
	part->target = kmend_strdup("vmlinux");
	kmend_strv_add(&part->units, "net/unix/af_unix.c");
	function = kmend_array_add(manifest->functions, manifest->nr_functions);
	function->unit = kmend_strdup("net/unix/af_unix.c");
	function->name = kmend_strdup("unix_ioctl");
	function->change = kmend_strdup("changed");
	manifest->created = 1700000000;
	container->modules = kmend_calloc(1, sizeof(*container->modules));
	container->modules[0] = sample_module(3000, 0);
	container->diff = kmend_strdup("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n");
	container->diff_size = strlen(container->diff);
	container->provenance = kmend_strdup("{\"kmend\": \"0.1.0\", \"inputs\": []}\n");
	return container;
}

void sample_add_part(struct kmend_container *container, const char *target)
{
	struct kmend_manifest *manifest = container->manifest;
	struct kmend_manifest_function *function = kmend_array_add(manifest->functions, manifest->nr_functions);
	struct kmend_manifest_part *part;
	size_t nr_modules = manifest->nr_parts;

	*kmend_array_add(container->modules, nr_modules) = sample_module(1000, (char)manifest->nr_parts);
	function->part = manifest->nr_parts;
	function->unit = kmend_format("net/%s.c", target);
	function->name = kmend_format("%s_open", target);
	function->change = kmend_strdup("changed");
	part = kmend_array_add(manifest->parts, manifest->nr_parts);
	part->target = kmend_strdup(target);
	kmend_strv_add(&part->units, function->unit);
}
