// SPDX-License-Identifier: GPL-2.0
/* read_package: libarchive knows the RPM's lead and headers as a filter before the compressed cpio. */
#include <errno.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "../../core/base/file.h"
#include "../../core/plugin/package.h"
#include "rpm.h"

static void archive_guard(struct archive **archive)
{
	archive_read_free(*archive);
}

int kmend_rpm_read_package(const char *path, const char *directory, struct kmend_error *error)
{
	_cleanup_(archive_guard) struct archive *archive = archive_read_new();
	_cleanup_found_ struct kmend_found found = { 0 };
	_cleanup_free_ char *bytes = NULL;
	size_t size;
	int code;

	if (!archive)
		kmend_oom();
	code = kmend_file_read(path, 2 * KMEND_CONTAINER_MAX_FILE, &bytes, &size, error);
	if (code)
		return code == -EFBIG ? kmend_found_damaged(error, path, NULL, "it is too large") : code;
	if (size < 96 || memcmp(bytes, "\xed\xab\xee\xdb", 4))
		return kmend_found_damaged(error, path, NULL, "it is not an RPM package");
	archive_read_support_filter_rpm(archive);
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_format_cpio(archive);
	if (archive_read_open_memory(archive, bytes, size) != ARCHIVE_OK)
		return kmend_found_damaged(error, path, archive, NULL);
	code = kmend_found_collect(path, archive, &found, error);
	return code ? code : kmend_found_write(path, &found, directory, error);
}
