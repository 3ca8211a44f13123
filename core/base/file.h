/* SPDX-License-Identifier: GPL-2.0 */
/* Files: whole reads with a bound, durable atomic writes, directories, digests. */
#ifndef KMEND_BASE_FILE_H
#define KMEND_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "error.h"
#include "str.h"

#define KMEND_SHA256_HEX 65 /* characters of a SHA-256 in hexadecimal, with the final NUL */

/* Read a whole file of at most `limit` bytes (-EFBIG if longer) into *ret_data (owned by the caller, NUL-terminated). */
int kmend_file_read(const char *path, size_t limit, char **ret_data, size_t *ret_size, struct kmend_error *error);

/*
 * Write a file so that after a crash at any moment either the old or the new content is there: new file in the same
 * directory, write, fsync, rename, fsync of the directory. Nothing is left behind on failure.
 */
int kmend_file_write_atomic(const char *path, const void *data, size_t size, mode_t mode, struct kmend_error *error);

/* Make what was written to a file, or below a directory (syncfs(2): all of its file system), outlast a power cut. */
int kmend_settle(const char *path, struct kmend_error *error);

/*
 * Put a finished file or directory where it is believed for its name alone, as in a cache: settled, then renamed, so what is
 * found there after a power cut is whole. A directory takes the place of an older one. -ENOENT if `from` is not there.
 */
int kmend_put_in_place(const char *from, const char *to, struct kmend_error *error);

bool kmend_file_exists(const char *path);

/*
 * Which file a path leads to, as "INODE@SECONDS.NANOSECONDS" of its birth; of its last change where the file system keeps
 * no births. Another file put in its place has another one, even with the same bytes; chmod(1), chown(1) and relabelling
 * do not change it. New memory; "" if there is none.
 */
char *kmend_file_identity(const char *path);
int kmend_mkdir_parents(const char *path, mode_t mode, struct kmend_error *error); /* the path itself and its parents */
int kmend_remove_tree(const char *path, struct kmend_error *error); /* does not follow links; absent is success */

/* Copy a file's bytes to a new or truncated file. */
int kmend_file_copy(const char *from, const char *to, mode_t mode, struct kmend_error *error);

void kmend_sha256(const void *data, size_t size, char ret_hex[KMEND_SHA256_HEX]);
int kmend_sha256_file(const char *path, char ret_hex[KMEND_SHA256_HEX], struct kmend_error *error);

/* Join two path parts with exactly one slash. New memory. */
char *kmend_path(const char *directory, const char *name);

/* ${XDG_CACHE_HOME:-~/.cache}/kmend. New memory. */
char *kmend_cache_directory(void);

/* A new private directory under $TMPDIR (or /var/tmp). New memory in *ret_path. */
int kmend_temporary_directory(const char *prefix, char **ret_path, struct kmend_error *error);

/* Take an exclusive lock on a lock file, waiting if another holds it. The lock ends when *ret_fd is closed. */
int kmend_lock(const char *path, int *ret_fd, struct kmend_error *error);

#endif
