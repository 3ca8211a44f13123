// SPDX-License-Identifier: GPL-2.0
#include "initramfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>

#include "../base/child.h"
#include "../base/file.h"

#define FILE_LIMIT (512u << 20)

struct kmend_initramfs {
	struct archive *archive;
	char *path;
	struct kmend_strv places; /* what was added, directories too */
	size_t inodes;
};

static int failed(const struct kmend_initramfs *initramfs, struct kmend_error *error)
{
	int code = archive_errno(initramfs->archive);

	return kmend_fail(error, KMEND_STATUS_FAILURE, code > 0 ? -code : -EIO, "cannot write %s: %s", initramfs->path,
			  archive_error_string(initramfs->archive));
}

int kmend_initramfs_new(const char *path, struct kmend_initramfs **ret_initramfs, struct kmend_error *error)
{
	_cleanup_initramfs_ struct kmend_initramfs *initramfs = kmend_calloc(1, sizeof(*initramfs));

	initramfs->path = kmend_strdup(path);
	initramfs->archive = archive_write_new();
	if (!initramfs->archive)
		kmend_oom();
	if (archive_write_set_format_cpio_newc(initramfs->archive) != ARCHIVE_OK ||
	    archive_write_add_filter_none(initramfs->archive) != ARCHIVE_OK ||
	    archive_write_open_filename(initramfs->archive, path) != ARCHIVE_OK)
		return failed(initramfs, error);
	*ret_initramfs = kmend_steal(initramfs);
	return 0;
}

void kmend_initramfs_free(struct kmend_initramfs *initramfs)
{
	if (!initramfs)
		return;
	archive_write_free(initramfs->archive);
	kmend_strv_free(&initramfs->places);
	free(initramfs->path);
	free(initramfs);
}

int kmend_initramfs_finish(struct kmend_initramfs *initramfs, size_t *ret_size, struct kmend_error *error)
{
	struct stat status;

	if (archive_write_close(initramfs->archive) != ARCHIVE_OK)
		return failed(initramfs, error);
	if (stat(initramfs->path, &status) < 0)
		return kmend_fail_errno(error, -errno, "cannot read %s", initramfs->path);
	*ret_size = status.st_size;
	return 0;
}

static int add_entry(struct kmend_initramfs *initramfs, const char *place, mode_t mode, const void *data, size_t size,
		     struct kmend_error *error)
{
	struct archive_entry *entry = archive_entry_new();
	int code = 0;

	if (!entry)
		kmend_oom();
	kmend_strv_add(&initramfs->places, place);
	archive_entry_set_pathname(entry, place + strspn(place, "/"));
	archive_entry_set_mode(entry, mode);
	archive_entry_set_size(entry, size);
	archive_entry_set_ino(entry, ++initramfs->inodes);
	archive_entry_set_nlink(entry, 1);
	if (archive_write_header(initramfs->archive, entry) != ARCHIVE_OK ||
	    (size && archive_write_data(initramfs->archive, data, size) != (la_ssize_t)size))
		code = failed(initramfs, error);
	archive_entry_free(entry);
	return code;
}

static int add_parents(struct kmend_initramfs *initramfs, const char *place, struct kmend_error *error)
{
	for (const char *slash = strchr(place + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		_cleanup_free_ char *parent = kmend_strndup(place, slash - place);
		int code = 0;

		if (!kmend_strv_has(&initramfs->places, parent))
			code = add_entry(initramfs, parent, S_IFDIR | 0755, NULL, 0, error);
		if (code)
			return code;
	}
	return 0;
}

int kmend_initramfs_add_data(struct kmend_initramfs *initramfs, const char *place, const void *data, size_t size,
			     mode_t mode, struct kmend_error *error)
{
	int code;

	if (kmend_strv_has(&initramfs->places, place))
		return 0;
	code = add_parents(initramfs, place, error);
	return code ? code : add_entry(initramfs, place, S_IFREG | mode, data, size, error);
}

int kmend_initramfs_add_file(struct kmend_initramfs *initramfs, const char *place, const char *file,
			     struct kmend_error *error)
{
	_cleanup_free_ char *data = NULL;
	struct stat status;
	size_t size;
	int code;

	if (kmend_strv_has(&initramfs->places, place))
		return 0;
	if (stat(file, &status) < 0)
		return kmend_fail_errno(error, -errno, "cannot read %s", file);
	code = kmend_file_read(file, FILE_LIMIT, &data, &size, error);
	return code ? code : kmend_initramfs_add_data(initramfs, place, data, size, status.st_mode & 0777, error);
}

/* Lines of ldd that name a file: "libc.so.6 => /lib/… (0x…)" and "/lib64/ld-linux-x86-64.so.2 (0x…)". */
static int add_libraries(struct kmend_initramfs *initramfs, const char *file, struct kmend_error *error)
{
	const char *argv[] = { "ldd", file, NULL };
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	struct kmend_child child = { .argv = argv, .output = &output };
	int code = kmend_child_run(&child, error);
	char *rest = NULL;

	if (code < 0)
		return code;
	/* A static program has none: ldd then says so and fails. */
	for (char *line = code ? NULL : strtok_r(output.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *library = strchr(line, '/'), *end = library ? strstr(library, " (0x") : NULL;

		if (!end)
			continue;
		*end = '\0';
		code = kmend_initramfs_add_file(initramfs, library, library, error);
		if (code)
			return code;
	}
	return 0;
}

/* "#!/bin/sh -e": the interpreter, where it stands. */
static int add_interpreter(struct kmend_initramfs *initramfs, const char *line, struct kmend_error *error)
{
	_cleanup_free_ char *program = NULL;

	line += 2 + strspn(line + 2, " \t");
	program = kmend_strndup(line, strcspn(line, " \t\n"));
	return program[0] == '/' ? kmend_initramfs_add_program(initramfs, program, program, error) : 0;
}

int kmend_initramfs_add_program(struct kmend_initramfs *initramfs, const char *place, const char *file,
				struct kmend_error *error)
{
	char start[256] = "";
	_cleanup_close_ int fd = -1;
	int code;

	if (kmend_strv_has(&initramfs->places, place))
		return 0;
	code = kmend_initramfs_add_file(initramfs, place, file, error);
	if (code)
		return code;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, start, sizeof(start) - 1) < 4)
		return 0;
	if (!memcmp(start, "\177ELF", 4))
		return add_libraries(initramfs, file, error);
	return memcmp(start, "#!", 2) ? 0 : add_interpreter(initramfs, start, error);
}
