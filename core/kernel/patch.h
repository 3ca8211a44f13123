/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unified diffs, read as far as kmend needs: which files, and where their hunks are. Applying is left to patch(1).
 * The text is untrusted.
 */
#ifndef KMEND_KERNEL_PATCH_H
#define KMEND_KERNEL_PATCH_H

#include "../base/error.h"
#include "../base/str.h"

struct kmend_hunk {
	size_t old_start, old_count; /* lines, 1-based; with a count of 0: the line behind which it is */
	size_t new_start, new_count;
};

struct kmend_patch_file {
	char *old_name; /* as written, without timestamp */
	char *new_name;
	bool is_new;	  /* old is /dev/null */
	bool is_deleted;  /* new is /dev/null */
	bool is_renamed;  /* git says "rename" or "copy" */
	bool is_binary;	  /* binary data, or said to differ */
	size_t body;	  /* where in the text its hunks begin, */
	size_t body_size; /* and their bytes */
	struct kmend_hunk *hunks;
	size_t nr_hunks;
};

struct kmend_patch {
	struct kmend_patch_file *files;
	size_t nr_files;
};

/* Read a diff. -EINVAL with the line's number (status DIFF_NOT_APPLICABLE) if it is damaged or holds no change. */
int kmend_patch_parse(const char *text, size_t size, struct kmend_patch **ret_patch, struct kmend_error *error);
void kmend_patch_free(struct kmend_patch *patch);
KMEND_DEFINE_GUARD(struct kmend_patch *, kmend_patch_free, kmend_patch_guard);
#define _cleanup_patch_ _cleanup_(kmend_patch_guard)

/*
 * Take the carriage returns out that a mailer has put behind all lines, in place. It has if the files' names end with
 * one: diff and git write those names without, also for a file whose own lines end so.
 */
void kmend_patch_drop_returns(char *text, size_t *size);

/* A file's name without its first `strip` parts; NULL if it has no more parts. Points into name. */
const char *kmend_patch_strip(const char *name, unsigned int strip);

/*
 * How many parts the diff's names have before the path in the kernel's source: one as git writes them, none, or as many as it
 * takes until files are there ("linux-6.1/a/net/unix/af_unix.c"), but never so many that a name which begins in the source
 * would mean another file of it.
 */
unsigned int kmend_patch_find_strip(const struct kmend_patch *patch, const char *source);
/* The file of the source that one of the diff means; NULL: it has no so many parts. Need not be safe. Points into the file. */
const char *kmend_patch_source_path(const struct kmend_patch_file *file, const char *source, unsigned int strip);

/* Is it relative, without "." and "..", without empty parts and control characters? */
bool kmend_patch_path_is_safe(const char *path);

/*
 * The post text with "#line" after each change, so that every unchanged line keeps the number it had before, and
 * __LINE__ in unchanged code its value. `name` is what the first line says the file is called.
 * @hunks: the differences from pre to post without context. @before: the pre text, should it have been realigned itself
 * (the numbers in it are then those to be kept), else NULL. New memory.
 */
char *kmend_realign(const char *post, const struct kmend_hunk *hunks, size_t nr_hunks, const char *name,
		    const char *before);

#endif
