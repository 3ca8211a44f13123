// SPDX-License-Identifier: GPL-2.0
/* read_package: manifest and modules out of a hotpatch package that nobody vouches for. */
#include <errno.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "../../core/container/container.h"
#include "dpkg.h"
#include "package.h"

#define MEMBERS_MOST 16 /* of the ar archive */

static void archive_guard(struct archive **archive)
{
	archive_read_free(*archive);
}

/* The member data.tar.*, still compressed. */
static int read_data_tar(const char *path, struct kmend_buffer *data, struct kmend_error *error)
{
	_cleanup_(archive_guard) struct archive *archive = archive_read_new();
	_cleanup_free_ char *bytes = NULL;
	struct archive_entry *entry;
	int code, got, i;
	size_t size;

	if (!archive)
		kmend_oom();
	code = kmend_file_read(path, 2 * KMEND_CONTAINER_MAX_FILE, &bytes, &size, error);
	if (code)
		return code == -EFBIG ? kmend_found_damaged(error, path, NULL, "it is too large") : code;
	archive_read_support_format_ar(archive);
	if (archive_read_open_memory(archive, bytes, size) != ARCHIVE_OK)
		return kmend_found_damaged(error, path, archive, NULL);
	for (i = 0; i < MEMBERS_MOST && !code; i++) {
		const char *name;

		got = archive_read_next_header(archive, &entry);
		if (got == ARCHIVE_EOF)
			break;
		if (got != ARCHIVE_OK)
			return kmend_found_damaged(error, path, archive, NULL);
		name = archive_entry_pathname(entry);
		if (!name || (!i && strcmp(name, "debian-binary")))
			return kmend_found_damaged(error, path, NULL, "its first member is not debian-binary");
		if (kmend_starts_with(name, "data.tar"))
			code = kmend_found_read_entry(path, archive, entry, KMEND_CONTAINER_MAX_FILE, data, error);
	}
	if (code)
		return code;
	return data->data ? 0 : kmend_found_damaged(error, path, NULL, "it has no data.tar");
}

/* The tar within, whatever it is compressed with. */
static int collect(const char *path, const struct kmend_buffer *tar, struct kmend_found *found,
		   struct kmend_error *error)
{
	_cleanup_(archive_guard) struct archive *archive = archive_read_new();

	if (!archive)
		kmend_oom();
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_format_tar(archive);
	if (archive_read_open_memory(archive, tar->data, tar->size) != ARCHIVE_OK)
		return kmend_found_damaged(error, path, archive, NULL);
	return kmend_found_collect(path, archive, found, error);
}

int kmend_dpkg_read_package(const char *path, const char *directory, struct kmend_error *error)
{
	_cleanup_found_ struct kmend_found found = { 0 };
	_cleanup_buffer_ struct kmend_buffer tar = { 0 };
	int code = read_data_tar(path, &tar, error);

	if (!code)
		code = collect(path, &tar, &found, error);
	return code ? code : kmend_found_write(path, &found, directory, error);
}
