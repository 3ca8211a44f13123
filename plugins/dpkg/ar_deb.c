// SPDX-License-Identifier: GPL-2.0
/* deb(5): an ar archive of debian-binary, control.tar.gz and data.tar.xz. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>

#include "ar_deb.h"

static void free_files(struct kmend_deb_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(files[i].path);
		free(files[i].bytes);
	}
	free(files);
}

void kmend_deb_free(struct kmend_deb *deb)
{
	free_files(deb->control, deb->nr_control);
	free_files(deb->data, deb->nr_data);
	kmend_buffer_free(&deb->fields);
	free(deb->description);
}

static void fill_file(struct kmend_deb_file *file, char *path, const void *bytes, size_t size, mode_t mode)
{
	file->path = path;
	file->bytes = kmend_calloc(1, size + 1);
	memcpy(file->bytes, bytes, size);
	file->size = size;
	file->mode = mode;
}

void kmend_deb_add_data(struct kmend_deb *deb, const void *bytes, size_t size, const char *format, ...)
{
	char path[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	fill_file(kmend_array_add(deb->data, deb->nr_data), kmend_strdup(path), bytes, size, 0644);
}

void kmend_deb_add_script(struct kmend_deb *deb, const char *name, const char *text)
{
	fill_file(kmend_array_add(deb->control, deb->nr_control), kmend_strdup(name), text, strlen(text), 0755);
}

static void archive_guard(struct archive **archive)
{
	archive_write_free(*archive);
}

static la_ssize_t keep_bytes(struct archive *archive, void *context, const void *data, size_t size)
{
	(void)archive;
	kmend_buffer_add(context, data, size);
	return size;
}

static int archive_failed(struct archive *archive, struct kmend_error *error)
{
	const char *text = archive_error_string(archive);

	return kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "cannot write the package: %s", text ? text : "unknown");
}

static int add_entry(struct archive *archive, const char *path, unsigned int type, mode_t mode, const void *bytes,
		     size_t size, int64_t time, struct kmend_error *error)
{
	struct archive_entry *entry = archive_entry_new();
	bool good;

	if (!entry)
		kmend_oom();
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, mode);
	archive_entry_set_size(entry, size);
	archive_entry_set_mtime(entry, time, 0);
	archive_entry_set_uid(entry, 0);
	archive_entry_set_gid(entry, 0);
	archive_entry_set_uname(entry, "root");
	archive_entry_set_gname(entry, "root");
	good = archive_write_header(archive, entry) == ARCHIVE_OK &&
	       (!size || archive_write_data(archive, bytes, size) == (la_ssize_t)size);
	archive_entry_free(entry);
	return good ? 0 : archive_failed(archive, error);
}

static int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct kmend_deb_file *)a)->path, ((const struct kmend_deb_file *)b)->path);
}

/* Every directory above a file that is not there yet, as dpkg-deb does. */
static int add_parents(struct archive *archive, const char *path, struct kmend_strv *known, int64_t time,
		       struct kmend_error *error)
{
	int code = 0;

	for (const char *slash = strchr(path, '/'); slash && !code; slash = strchr(slash + 1, '/')) {
		_cleanup_free_ char *directory = kmend_format("./%.*s/", (int)(slash - path), path);

		if (kmend_strv_has(known, directory))
			continue;
		kmend_strv_add(known, directory);
		code = add_entry(archive, directory, AE_IFDIR, 0755, NULL, 0, time, error);
	}
	return code;
}

static int build_tar(struct kmend_deb_file *files, size_t count, int64_t time, int (*add_filter)(struct archive *),
		     const char *options, struct kmend_buffer *ret_bytes, struct kmend_error *error)
{
	_cleanup_(archive_guard) struct archive *archive = archive_write_new();
	_cleanup_strv_ struct kmend_strv directories = { 0 };
	int code;

	if (!archive)
		kmend_oom();
	if (count)
		qsort(files, count, sizeof(*files), compare_files);
	if (archive_write_set_format_ustar(archive) != ARCHIVE_OK || add_filter(archive) != ARCHIVE_OK ||
	    archive_write_set_options(archive, options) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
	    archive_write_open(archive, ret_bytes, NULL, keep_bytes, NULL) != ARCHIVE_OK)
		return archive_failed(archive, error);
	code = add_entry(archive, "./", AE_IFDIR, 0755, NULL, 0, time, error);
	for (size_t i = 0; i < count && !code; i++) {
		_cleanup_free_ char *path = kmend_format("./%s", files[i].path);

		code = add_parents(archive, files[i].path, &directories, time, error);
		if (!code)
			code = add_entry(archive, path, AE_IFREG, files[i].mode, files[i].bytes, files[i].size, time,
					 error);
	}
	if (!code && archive_write_close(archive) != ARCHIVE_OK)
		code = archive_failed(archive, error);
	return code;
}

int kmend_deb_gzip(const void *bytes, size_t size, struct kmend_buffer *ret_bytes, struct kmend_error *error)
{
	_cleanup_(archive_guard) struct archive *archive = archive_write_new();
	int code;

	if (!archive)
		kmend_oom();
	if (archive_write_set_format_raw(archive) != ARCHIVE_OK ||
	    archive_write_add_filter_gzip(archive) != ARCHIVE_OK ||
	    archive_write_set_options(archive, "gzip:compression-level=9,gzip:!timestamp") != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
	    archive_write_open(archive, ret_bytes, NULL, keep_bytes, NULL) != ARCHIVE_OK)
		return archive_failed(archive, error);
	code = add_entry(archive, "data", AE_IFREG, 0644, bytes, size, 0, error);
	if (!code && archive_write_close(archive) != ARCHIVE_OK)
		code = archive_failed(archive, error);
	return code;
}

static void add_md5sum(struct kmend_buffer *sums, const struct kmend_deb_file *file)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length;

	if (!EVP_Digest(file->bytes, file->size, digest, &length, EVP_md5(), NULL))
		kmend_oom();
	for (unsigned int i = 0; i < length; i++)
		kmend_buffer_addf(sums, "%02x", digest[i]);
	kmend_buffer_addf(sums, "  %s\n", file->path);
}

/* deb-substvars(5): each file rounded up to KiB, each directory 1. */
static size_t installed_size(const struct kmend_deb *deb)
{
	_cleanup_strv_ struct kmend_strv directories = { 0 };
	size_t total = 1; /* ./ */

	for (size_t i = 0; i < deb->nr_data; i++) {
		const char *path = deb->data[i].path;

		total += (deb->data[i].size + 1023) / 1024;
		for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
			_cleanup_free_ char *directory = kmend_strndup(path, slash - path);

			if (kmend_strv_has(&directories, directory))
				continue;
			kmend_strv_add(&directories, directory);
			total++;
		}
	}
	return total;
}

static int build_control(const struct kmend_deb *deb, struct kmend_buffer *ret_bytes, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer control = { 0 }, sums = { 0 };
	struct kmend_deb_file *files = NULL;
	size_t count = 0;
	int code;

	kmend_buffer_add(&control, deb->fields.data, deb->fields.size);
	kmend_buffer_addf(&control, "Installed-Size: %zu\nDescription: %s\n", installed_size(deb), deb->description);
	for (size_t i = 0; i < deb->nr_data; i++)
		add_md5sum(&sums, &deb->data[i]);
	for (size_t i = 0; i < deb->nr_control; i++)
		fill_file(kmend_array_add(files, count), kmend_strdup(deb->control[i].path), deb->control[i].bytes,
			  deb->control[i].size, deb->control[i].mode);
	fill_file(kmend_array_add(files, count), kmend_strdup("control"), control.data, control.size, 0644);
	fill_file(kmend_array_add(files, count), kmend_strdup("md5sums"), sums.size ? sums.data : "", sums.size, 0644);
	code = build_tar(files, count, deb->time, archive_write_add_filter_gzip,
			 "gzip:compression-level=9,gzip:!timestamp", ret_bytes, error);
	free_files(files, count);
	return code;
}

int kmend_deb_build(const struct kmend_deb *deb, struct kmend_buffer *ret_bytes, struct kmend_error *error)
{
	_cleanup_(archive_guard) struct archive *archive = archive_write_new();
	_cleanup_buffer_ struct kmend_buffer control = { 0 }, data = { 0 };
	int code;

	if (!archive)
		kmend_oom();
	/* The data first: its files are put in order, and md5sums follows that order. */
	code = build_tar(deb->data, deb->nr_data, deb->time, archive_write_add_filter_xz, "xz:compression-level=6",
			 &data, error);
	if (!code)
		code = build_control(deb, &control, error);
	if (code)
		return code;
	if (archive_write_set_format_ar_bsd(archive) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
	    archive_write_open(archive, ret_bytes, NULL, keep_bytes, NULL) != ARCHIVE_OK)
		return archive_failed(archive, error);
	code = add_entry(archive, "debian-binary", AE_IFREG, 0644, "2.0\n", 4, deb->time, error);
	if (!code)
		code = add_entry(archive, "control.tar.gz", AE_IFREG, 0644, control.data, control.size, deb->time,
				 error);
	if (!code)
		code = add_entry(archive, "data.tar.xz", AE_IFREG, 0644, data.data, data.size, deb->time, error);
	if (!code && archive_write_close(archive) != ARCHIVE_OK)
		code = archive_failed(archive, error);
	return code;
}
