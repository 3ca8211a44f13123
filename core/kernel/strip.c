// SPDX-License-Identifier: GPL-2.0
/* Which file of the source a diff's names mean. */
#include <string.h>

#include "../base/file.h"
#include "patch.h"

/* More parts than these are nobody's place for a source. */
#define PARTS_MAX 16

/* Directories of every kernel that a source package may have left out. */
static const char *const left_out[] = { "Documentation", "LICENSES", "samples", "tools", "debian", "rust" };

/* A rename that changes nothing else is told by git, with the names as they are. */
static unsigned int strip_of(const struct kmend_patch_file *file, unsigned int strip)
{
	return file->is_renamed && !file->nr_hunks ? 0 : strip;
}

static bool exists(const char *source, const char *path)
{
	_cleanup_free_ char *full = path && kmend_patch_path_is_safe(path) ? kmend_path(source, path) : NULL;

	return full && kmend_file_exists(full);
}

const char *kmend_patch_source_path(const struct kmend_patch_file *file, const char *source, unsigned int strip)
{
	const char *old = kmend_patch_strip(file->old_name, strip_of(file, strip));
	const char *new = kmend_patch_strip(file->new_name, strip_of(file, strip));

	if (file->is_new)
		return new;
	/* "x.c.orig" against "x.c": as patch does, that which is there. */
	return !file->is_deleted && !exists(source, old) && exists(source, new) ? new : old;
}

static size_t count_found(const struct kmend_patch *patch, const char *source, unsigned int strip)
{
	size_t found = 0;

	for (size_t i = 0; i < patch->nr_files; i++)
		found += exists(source, kmend_patch_source_path(&patch->files[i], source, strip));
	return found;
}

/* Does any name begin with a directory of the kernel's already? Then what more is stripped would be another file's name. */
static bool begins_in_source(const struct kmend_patch *patch, const char *source, unsigned int strip)
{
	for (size_t i = 0; i < patch->nr_files; i++) {
		const struct kmend_patch_file *file = &patch->files[i];
		const char *path = kmend_patch_strip(file->is_new ? file->new_name : file->old_name, strip);
		_cleanup_free_ char *first = path ? kmend_strndup(path, strcspn(path, "/")) : NULL;

		if (!first || (file->is_renamed && !file->nr_hunks))
			continue;
		for (size_t j = 0; j < KMEND_ARRAY_SIZE(left_out); j++)
			if (!strcmp(first, left_out[j]))
				return true;
		/* The kernel has an "usr", but who has its source in /usr/src means another. */
		if (strcmp(first, "usr") && exists(source, first))
			return true;
	}
	return false;
}

unsigned int kmend_patch_find_strip(const struct kmend_patch *patch, const char *source)
{
	size_t found = count_found(patch, source, 1), plain = count_found(patch, source, 0);

	if (found || plain)
		return plain > found ? 0 : 1;
	if (begins_in_source(patch, source, 0) || begins_in_source(patch, source, 1))
		return 1;
	for (unsigned int strip = 2; strip < PARTS_MAX; strip++) {
		if (count_found(patch, source, strip))
			return strip;
		if (begins_in_source(patch, source, strip))
			break;
	}
	return 1;
}
