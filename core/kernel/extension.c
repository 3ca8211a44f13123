// SPDX-License-Identifier: GPL-2.0
/* --diffext: a diff made of files that lie beside the ones they amend. */
#include <errno.h>
#include <ftw.h>
#include <string.h>

#include "../base/child.h"
#include "../base/file.h"
#include "change.h"

/* nftw has no context argument. */
static __thread struct {
	struct kmend_strv *found;
	const char *extension;
	size_t root;
} walk;

static int see_file(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	if (type == FTW_F && place->level > 0 && kmend_ends_with(path, walk.extension) &&
	    strlen(path + place->base) > strlen(walk.extension))
		kmend_strv_add(walk.found, path + walk.root);
	return 0;
}

static int add_difference(const char *directory, const char *amended, const char *extension, struct kmend_buffer *diff,
			  struct kmend_error *error)
{
	_cleanup_free_ char *name = kmend_strndup(amended, strlen(amended) - strlen(extension));
	_cleanup_free_ char *old_label = kmend_format("a/%s", name), *new_label = kmend_format("b/%s", name);
	_cleanup_free_ char *from = kmend_path(directory, name), *to = kmend_path(directory, amended);
	const char *argv[] = { "diff", "-u", "--text", "--label", old_label, "--label", new_label, from, to, NULL };
	struct kmend_child child = { .argv = argv, .output = diff };
	int status;

	if (!kmend_file_exists(from)) {
		kmend_fail(error, KMEND_STATUS_DIFF_NOT_APPLICABLE, -ENOENT,
			   "%s has no file %s that it could be the amended version of", amended, name);
		return -ENOENT;
	}
	status = kmend_child_run(&child, error);
	if (status > 1)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "cannot compare %s with %s", from, to);
	return status < 0 ? status : 0;
}

int kmend_diff_by_extension(const char *directory, const char *extension, char **ret_diff, size_t *ret_size,
			    struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv found = { 0 };
	_cleanup_buffer_ struct kmend_buffer diff = { 0 };
	int code = 0;

	if (!*extension || strchr(extension, '/'))
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "'%s' is no extension of a file's name",
				  extension);
	walk.found = &found;
	walk.extension = extension;
	walk.root = strlen(directory);
	while (walk.root && directory[walk.root - 1] == '/')
		walk.root--;
	walk.root++;
	if (nftw(directory, see_file, 64, FTW_PHYS) < 0)
		return kmend_fail_errno(error, -errno, "cannot search %s", directory);
	if (!found.count)
		return kmend_fail(error, KMEND_STATUS_DIFF_NOT_APPLICABLE, -ENOENT, "no file in %s ends in '%s'",
				  directory, extension);
	kmend_strv_sort(&found);
	for (size_t i = 0; !code && i < found.count; i++)
		code = add_difference(directory, found.items[i], extension, &diff, error);
	if (code)
		return code;
	if (!diff.size)
		return kmend_fail(error, KMEND_STATUS_NO_CHANGE, -EINVAL,
				  "the files ending in '%s' equal the original ones", extension);
	*ret_diff = kmend_steal(diff.data);
	*ret_size = diff.size;
	return 0;
}
