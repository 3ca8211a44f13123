// SPDX-License-Identifier: GPL-2.0
/* Writing a container: the same input gives the same bytes. */
#include <errno.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "members.h"

static void archive_guard(struct archive **archive)
{
	archive_write_free(*archive);
}

static void entry_guard(struct archive_entry **entry)
{
	archive_entry_free(*entry);
}

static la_ssize_t keep_bytes(struct archive *archive, void *context, const void *data, size_t size)
{
	(void)archive;
	kmend_buffer_add(context, data, size);
	return size;
}

static int archive_failed(struct archive *archive, struct kmend_error *error)
{
	return kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "cannot write the container: %s",
			  archive_error_string(archive));
}

static int add_member(struct archive *archive, const char *path, const void *data, size_t size, int64_t time,
		      struct kmend_error *error)
{
	_cleanup_(entry_guard) struct archive_entry *entry = archive_entry_new();

	if (!entry)
		kmend_oom();
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, size);
	archive_entry_set_mtime(entry, time, 0);
	archive_entry_set_uid(entry, 0);
	archive_entry_set_gid(entry, 0);
	if (archive_write_header(archive, entry) != ARCHIVE_OK)
		return archive_failed(archive, error);
	if (archive_write_data(archive, data, size) != (la_ssize_t)size)
		return archive_failed(archive, error);
	return 0;
}

static int add_parts(struct archive *archive, const struct kmend_container *container, struct kmend_error *error)
{
	const struct kmend_manifest *manifest = container->manifest;
	int code = 0;

	for (size_t i = 0; i < manifest->nr_parts && !code; i++) {
		_cleanup_free_ char *path = kmend_member_of_part(&manifest->parts[i]);

		code = add_member(archive, path, container->modules[i].data, container->modules[i].size,
				  manifest->created, error);
	}
	return code;
}

struct member_bytes {
	const void *data;
	size_t size;
};

static int build_archive(const struct kmend_container *container, const struct member_bytes *members,
			 struct kmend_buffer *buffer, struct kmend_error *error)
{
	_cleanup_(archive_guard) struct archive *archive = archive_write_new();
	int code = 0;

	if (!archive)
		kmend_oom();
	if (archive_write_set_format_ustar(archive) != ARCHIVE_OK ||
	    archive_write_add_filter_xz(archive) != ARCHIVE_OK ||
	    archive_write_set_filter_option(archive, "xz", "compression-level", "6") != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
	    archive_write_open(archive, buffer, NULL, keep_bytes, NULL) != ARCHIVE_OK)
		return archive_failed(archive, error);
	for (int i = 0; i < KMEND_NR_MEMBERS && !code; i++) {
		if (i == KMEND_MEMBER_PROVENANCE)
			code = add_parts(archive, container, error);
		if (!code)
			code = add_member(archive, kmend_members[i].path, members[i].data, members[i].size,
					  container->manifest->created, error);
	}
	if (!code && archive_write_close(archive) != ARCHIVE_OK)
		code = archive_failed(archive, error);
	return code;
}

/* What follows from the rest of the container, and what is the same in every one so far. */
static void complete_manifest(struct kmend_container *container)
{
	struct kmend_manifest *manifest = container->manifest;

	for (size_t i = 0; i < manifest->nr_parts; i++) {
		struct kmend_manifest_part *part = &manifest->parts[i];

		if (!part->module_name)
			part->module_name = kmend_part_name(manifest->id ? manifest->id : "", i, part->target);
		part->module_size = container->modules[i].size;
		kmend_sha256(container->modules[i].data, container->modules[i].size, part->module_sha256);
	}
	if (!manifest->engine)
		manifest->engine = kmend_strdup("stop");
	if (!manifest->verdict)
		manifest->verdict = kmend_strdup("hotpatch");
	if (!manifest->erratum)
		manifest->erratum = kmend_strdup("");
	kmend_sha256(container->diff, container->diff_size, manifest->diff_sha256);
	if (!container->verification)
		container->verification = kmend_strdup("{}\n");
	kmend_sha256(container->provenance, strlen(container->provenance), manifest->provenance_sha256);
	kmend_sha256(container->verification, strlen(container->verification), manifest->verification_sha256);
}

static int check_sizes(const struct kmend_container *container, const struct member_bytes *members,
		       struct kmend_error *error)
{
	size_t total = 0;

	for (size_t i = 0; i < container->manifest->nr_parts; i++)
		total += container->modules[i].size;
	if (total > KMEND_CONTAINER_MAX_MODULE)
		return kmend_fail(error, KMEND_STATUS_OUT_OF_SCOPE, -EFBIG,
				  "the update modules would be larger than the %d bytes a container may hold",
				  KMEND_CONTAINER_MAX_MODULE);
	for (int i = 0; i < KMEND_NR_MEMBERS; i++)
		if (members[i].size > kmend_members[i].most)
			return kmend_fail(error, KMEND_STATUS_OUT_OF_SCOPE, -EFBIG,
					  "the %s would be larger than the %zu bytes a container may hold",
					  kmend_members[i].path, kmend_members[i].most);
	return 0;
}

int kmend_container_write(const char *path, struct kmend_container *container, struct kmend_error *error)
{
	_cleanup_manifest_ struct kmend_manifest *parsed = NULL;
	_cleanup_buffer_ struct kmend_buffer buffer = { 0 };
	_cleanup_free_ char *text = NULL;
	struct member_bytes members[KMEND_NR_MEMBERS];
	int code;

	complete_manifest(container);
	text = kmend_manifest_format(container->manifest);
	members[KMEND_MEMBER_MANIFEST] = (struct member_bytes){ text, strlen(text) };
	members[KMEND_MEMBER_DIFF] = (struct member_bytes){ container->diff, container->diff_size };
	members[KMEND_MEMBER_PROVENANCE] =
		(struct member_bytes){ container->provenance, strlen(container->provenance) };
	members[KMEND_MEMBER_VERIFICATION] =
		(struct member_bytes){ container->verification, strlen(container->verification) };
	code = check_sizes(container, members, error);
	/* Write nothing that could not be read again. */
	if (!code)
		code = kmend_manifest_parse(text, strlen(text), &parsed, error);
	if (!code)
		code = build_archive(container, members, &buffer, error);
	if (code)
		return code;
	return kmend_file_write_atomic(path, buffer.data, buffer.size, 0644, error);
}
