// SPDX-License-Identifier: GPL-2.0
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../container/sample.h"

static void must(int code, const struct kmend_error *error)
{
	if (!code)
		return;
	fprintf(stderr, "# the test's own tree: %s\n", error->message);
	exit(99);
}

void tree_write(const char *root, const char *path, const char *text)
{
	_cleanup_free_ char *whole = kmend_path(root, path), *directory = kmend_strdup(whole);
	struct kmend_error error = { 0 };

	*strrchr(directory, '/') = '\0';
	must(kmend_mkdir_parents(directory, 0755, &error), &error);
	must(kmend_file_write_atomic(whole, text, strlen(text), 0644, &error), &error);
}

void tree_remove(const char *root, const char *path)
{
	_cleanup_free_ char *whole = kmend_path(root, path);

	kmend_remove_tree(whole, NULL);
}

char *tree_new(void)
{
	struct kmend_error error = { 0 };
	char *root = NULL;

	must(kmend_temporary_directory("kmend-test-apply", &root, &error), &error);
	tree_write(root, "proc/sys/kernel/osrelease", TREE_RELEASE "\n");
	tree_write(root, "proc/sys/kernel/version", "#1 SMP PREEMPT_DYNAMIC Debian " TREE_VERSION " (2026-07-02)\n");
	tree_write(root, "proc/sys/kernel/random/boot_id", TREE_BOOT "\n");
	tree_write(root, "proc/cmdline", "BOOT_IMAGE=/vmlinuz quiet\n");
	tree_write(root, "proc/modules", "");
	return root;
}

void tree_free(char *root)
{
	if (root)
		kmend_remove_tree(root, NULL);
	free(root);
}

struct kmend_machine *tree_machine(const char *root)
{
	struct kmend_machine *machine = NULL;
	struct kmend_error error = { 0 };

	must(kmend_machine_new(root, &machine, &error), &error);
	return machine;
}

static void live_file(const char *root, const char *id, const char *file, const char *text)
{
	_cleanup_free_ char *path = kmend_format("sys/kernel/kmend/%s/%s", id, file);

	tree_write(root, path, text);
}

void tree_live(const char *root, const char *id, const char *state, bool escapes, uint64_t pause_ns)
{
	_cleanup_free_ char *module = kmend_module_name(id), *line = kmend_format("%s\n", module),
			    *pause = kmend_format("%llu\n", (unsigned long long)pause_ns),
			    *state_line = kmend_format("%s\n", state);

	tree_write(root, "sys/kernel/kmend/abi", "1\n");
	tree_write(root, "sys/kernel/kmend/version", "0.1.0\n");
	live_file(root, id, "state", state_line);
	live_file(root, id, "refusal", "none\n");
	live_file(root, id, "module", line);
	live_file(root, id, "description", "what it is\n");
	live_file(root, id, "targets", "vmlinux loaded\n");
	live_file(root, id, "blockers", "");
	live_file(root, id, "functions", "net/unix/af_unix.c unix_ioctl 0x0 128\n");
	live_file(root, id, "pause_ns", pause);
	live_file(root, id, "escapes", escapes ? "1\n" : "0\n");
}

/* A container is written and read for it: so the digests in the manifest are true. */
static struct kmend_container *container_of_id(const char *root, const char *id)
{
	_cleanup_free_ char *path = kmend_path(root, "container.kmend");
	_cleanup_container_ struct kmend_container *written = sample_container(id);
	struct kmend_container *read = NULL;
	struct kmend_error error = { 0 };

	must(kmend_container_write(path, written, &error), &error);
	must(kmend_container_read(path, &read, &error), &error);
	return read;
}

void tree_install(const char *root, const char *release, const char *id)
{
	tree_install_on(root, release, id, NULL);
}

void tree_install_on(const char *root, const char *release, const char *id, const char *base)
{
	_cleanup_container_ struct kmend_container *container = container_of_id(root, id);
	_cleanup_free_ char *directory = kmend_format("usr/lib/kmend/updates/%s/%s", release, id);
	_cleanup_free_ char *manifest_path = kmend_format("%s/manifest.json", directory), *manifest = NULL;
	struct kmend_error error = { 0 };

	free(container->manifest->release);
	container->manifest->release = kmend_strdup(release);
	if (base) {
		struct kmend_manifest *on = container->manifest;

		*kmend_array_add(on->bases, on->nr_bases) = (struct kmend_manifest_base){ .id = kmend_strdup(base) };
		memset(on->bases[0].digest, '0', sizeof(on->bases[0].digest) - 1);
	}
	manifest = kmend_manifest_format(container->manifest);
	tree_write(root, manifest_path, manifest);
	for (size_t i = 0; i < container->manifest->nr_parts; i++) {
		_cleanup_free_ char *path =
			kmend_format("%s/%s/%s.ko", root, directory, container->manifest->parts[i].module_name);

		must(kmend_file_write_atomic(path, container->modules[i].data, container->modules[i].size, 0644,
					     &error),
		     &error);
	}
}

const char *tree_digest(void)
{
	static char digest[KMEND_SHA256_HEX];
	_cleanup_container_ struct kmend_container *container = sample_container("X");

	kmend_sha256(container->modules[0].data, container->modules[0].size,
		     container->manifest->parts[0].module_sha256);
	kmend_manifest_digest(container->manifest, digest);
	return digest;
}

void tree_record(const char *root, const char *id, enum kmend_record_state state, const char *boot, const char *package)
{
	_cleanup_machine_ struct kmend_machine *machine = tree_machine(root);
	_cleanup_free_ char *module = kmend_module_name(id);
	const struct kmend_strv modules = { .items = &module, .count = 1 };
	struct kmend_record *record = kmend_record_of(machine, id, TREE_VERSION, &modules, tree_digest(), package);
	struct kmend_error error = { 0 };

	if (*boot) {
		free(record->boot_id);
		record->boot_id = kmend_strdup(boot);
	}
	must(kmend_record_set(machine, record, state, NULL, &error), &error);
	kmend_record_free(record);
}
