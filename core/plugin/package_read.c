// SPDX-License-Identifier: GPL-2.0
/* Manifest and modules out of a hotpatch package of any format. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "package.h"

#define ENTRIES_MOST 1024

int kmend_found_damaged(struct kmend_error *error, const char *path, struct archive *archive, const char *what)
{
	const char *text = archive ? archive_error_string(archive) : NULL;

	return kmend_fail(error, KMEND_STATUS_DAMAGED, -EBADMSG, "%s is damaged or not a hotpatch package: %s", path,
			  what	 ? what
			  : text ? text
				 : "it ends too early");
}

static int damaged(struct kmend_error *error, const char *path, const char *what)
{
	return kmend_found_damaged(error, path, NULL, what);
}

int kmend_found_read_entry(const char *path, struct archive *archive, struct archive_entry *entry, size_t most,
			   struct kmend_buffer *data, struct kmend_error *error)
{
	int64_t size = archive_entry_size(entry);

	if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) || size < 0 ||
	    size > (int64_t)most)
		return damaged(error, path, "a file in it is too large or not a plain file");
	if (data->data)
		return damaged(error, path, "it holds a file twice");
	data->data = kmend_calloc(1, size + 1);
	data->size = size;
	if (archive_read_data(archive, data->data, size) != (la_ssize_t)size)
		return kmend_found_damaged(error, path, archive, NULL);
	return 0;
}

void kmend_found_clear(struct kmend_found *found)
{
	kmend_buffer_free(&found->manifest);
	free(found->manifest_path);
	for (size_t i = 0; i < found->nr_modules; i++) {
		kmend_buffer_free(&found->modules[i].data);
		free(found->modules[i].path);
	}
	free(found->modules);
}

/* All modules together take no more memory than a container's may. */
static int read_module(const char *path, struct archive *archive, struct archive_entry *entry, const char *name,
		       struct kmend_found *found, struct kmend_error *error)
{
	struct kmend_found_module *module;
	int code;

	if (found->nr_modules == KMEND_CONTAINER_MAX_PARTS)
		return damaged(error, path, "it holds too many modules");
	module = kmend_array_add(found->modules, found->nr_modules);
	module->path = kmend_strdup(name);
	code = kmend_found_read_entry(path, archive, entry, KMEND_CONTAINER_MAX_MODULE - found->total, &module->data,
				      error);
	found->total += module->data.size;
	return code;
}

int kmend_found_collect(const char *path, struct archive *archive, struct kmend_found *found, struct kmend_error *error)
{
	struct archive_entry *entry;
	int code = 0, got;

	for (int i = 0; !code; i++) {
		const char *name;

		got = archive_read_next_header(archive, &entry);
		if (got == ARCHIVE_EOF)
			break;
		if (got != ARCHIVE_OK)
			return kmend_found_damaged(error, path, archive, NULL);
		name = archive_entry_pathname(entry);
		if (!name || i > ENTRIES_MOST ||
		    archive_filter_bytes(archive, 0) > 2 * (int64_t)KMEND_CONTAINER_MAX_FILE)
			return damaged(error, path, "it holds too much");
		if (!kmend_starts_with(name, "./" KMEND_PACKAGE_UPDATES "/") ||
		    archive_entry_filetype(entry) == AE_IFDIR)
			continue;
		if (kmend_ends_with(name, "/manifest.json")) {
			code = kmend_found_read_entry(path, archive, entry, KMEND_CONTAINER_MAX_MANIFEST,
						      &found->manifest, error);
			if (!code)
				found->manifest_path = kmend_strdup(name);
		} else {
			code = read_module(path, archive, entry, name, found, error);
		}
	}
	if (!code && (!found->manifest.data || !found->nr_modules))
		code = damaged(error, path, "it holds no update");
	return code;
}

/* The module of one part, once and where this very manifest belongs; NULL: it is not there. */
static const struct kmend_found_module *module_of(const struct kmend_found *found, const char *directory,
						  const struct kmend_manifest_part *part)
{
	_cleanup_free_ char *path = kmend_format("%s/%s.ko", directory, part->module_name);

	for (size_t i = 0; i < found->nr_modules; i++)
		if (!strcmp(found->modules[i].path, path))
			return &found->modules[i];
	return NULL;
}

/* The files must be where this very manifest belongs, and the modules those it speaks of. */
static int check_found(const char *path, const struct kmend_found *found, const struct kmend_manifest *manifest,
		       struct kmend_error *error)
{
	_cleanup_free_ char *directory =
		kmend_format("./" KMEND_PACKAGE_UPDATES "/%s/%s", manifest->release, manifest->id);
	_cleanup_free_ char *manifest_path = kmend_format("%s/manifest.json", directory);
	char digest[KMEND_SHA256_HEX];

	if (strcmp(manifest_path, found->manifest_path) || found->nr_modules != manifest->nr_parts)
		return damaged(error, path, "its files lie elsewhere than its manifest says");
	for (size_t i = 0; i < manifest->nr_parts; i++) {
		const struct kmend_found_module *module = module_of(found, directory, &manifest->parts[i]);

		if (!module)
			return damaged(error, path, "its files lie elsewhere than its manifest says");
		kmend_sha256(module->data.data, module->data.size, digest);
		if (strcmp(digest, manifest->parts[i].module_sha256))
			return damaged(error, path, "its module was altered");
	}
	return 0;
}

static char *path_in(const char *directory, const char *path)
{
	return kmend_format("%s/%s", directory, strrchr(path, '/') + 1);
}

static int write_found(const struct kmend_found *found, const char *directory, struct kmend_error *error)
{
	_cleanup_free_ char *manifest_path = kmend_path(directory, "manifest.json");
	int code = 0;

	for (size_t i = 0; i < found->nr_modules && !code; i++) {
		_cleanup_free_ char *to = path_in(directory, found->modules[i].path);

		code = kmend_file_write_atomic(to, found->modules[i].data.data, found->modules[i].data.size, 0644,
					       error);
	}
	if (!code)
		code = kmend_file_write_atomic(manifest_path, found->manifest.data, found->manifest.size, 0644, error);
	for (size_t i = 0; i < found->nr_modules && code; i++) {
		_cleanup_free_ char *to = path_in(directory, found->modules[i].path);

		unlink(to);
	}
	return code;
}

int kmend_found_write(const char *path, const struct kmend_found *found, const char *directory,
		      struct kmend_error *error)
{
	_cleanup_manifest_ struct kmend_manifest *manifest = NULL;
	int code = kmend_manifest_parse(found->manifest.data, found->manifest.size, &manifest, error);

	if (!code)
		code = check_found(path, found, manifest, error);
	return code ? code : write_found(found, directory, error);
}
