// SPDX-License-Identifier: GPL-2.0
/* Archives for guests, read back by libarchive. */
#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include "core/base/file.h"
#include "core/verify/initramfs.h"
#include "tap.h"

/* "PATH MODE" of each entry, in their order. */
static void list(const char *path, struct kmend_strv *entries)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;

	archive_read_support_format_cpio(archive);
	archive_read_open_filename(archive, path, 4096);
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK)
		kmend_strv_addf(entries, "%s %o", archive_entry_pathname(entry), archive_entry_mode(entry));
	archive_read_free(archive);
}

static bool has_prefix(const struct kmend_strv *entries, const char *prefix)
{
	for (size_t i = 0; i < entries->count; i++)
		if (kmend_starts_with(entries->items[i], prefix))
			return true;
	return false;
}

int main(void)
{
	_cleanup_free_ char *directory = NULL, *path = NULL, *script = NULL;
	_cleanup_strv_ struct kmend_strv entries = { 0 };
	_cleanup_initramfs_ struct kmend_initramfs *initramfs = NULL;
	struct kmend_initramfs *nowhere = NULL;
	struct kmend_error error = { 0 };
	size_t size = 0;

	if (kmend_temporary_directory("kmend-test", &directory, NULL))
		return 1;
	path = kmend_path(directory, "initramfs");
	script = kmend_path(directory, "script");
	kmend_file_write_atomic(script, "#! /bin/sh -e\ntrue\n", 19, 0755, NULL);
	tap_ok(kmend_initramfs_new("/nonexistent/x", &nowhere, &error) < 0 && error.message[0], "no place: told");
	tap_ok(!kmend_initramfs_new(path, &initramfs, NULL), "begun");
	tap_ok(!kmend_initramfs_add_data(initramfs, "/a/b/c", "text", 4, 0640, NULL), "bytes");
	tap_ok(!kmend_initramfs_add_data(initramfs, "/a/b/d", "", 0, 0600, NULL), "an empty file");
	tap_ok(!kmend_initramfs_add_data(initramfs, "/a/b/c", "other", 5, 0640, NULL), "a place that is taken stays");
	tap_ok(!kmend_initramfs_add_program(initramfs, "/verify/script", script, NULL), "a script");
	tap_ok(kmend_initramfs_add_file(initramfs, "/x", "/nonexistent", &error) < 0 &&
		       strstr(error.message, "/nonexistent"),
	       "no such file: told by name");
	tap_ok(!kmend_initramfs_finish(initramfs, &size, NULL) && size % 4 == 0 && size > 512, "ended");
	list(path, &entries);
	tap_ok(kmend_strv_has(&entries, "a 40755") && kmend_strv_has(&entries, "a/b 40755"),
	       "directories come by themselves");
	tap_ok(kmend_strv_has(&entries, "a/b/c 100640") && kmend_strv_has(&entries, "a/b/d 100600"),
	       "files with their modes");
	tap_ok(kmend_strv_has(&entries, "verify/script 100755"), "the script");
	tap_ok(has_prefix(&entries, "bin/sh 1"), "its interpreter, where it stands");
	tap_ok(has_prefix(&entries, "lib64/ld-linux-x86-64.so.2 "), "and that one's libraries");
	kmend_remove_tree(directory, NULL);
	return tap_done();
}
