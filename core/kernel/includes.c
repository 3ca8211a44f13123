// SPDX-License-Identifier: GPL-2.0
/* Which .c files are parts of other units. */
#include <errno.h>
#include <string.h>

#include "../base/child.h"
#include "../base/file.h"
#include "kbuild.h"

#define LIST_LIMIT (16 << 20)

static char *list_path(const struct kmend_tree *tree)
{
	return kmend_path(tree->directory, "includes");
}

/* "./kernel/sched/build_policy.c:#include "rt.c"" gives "kernel/sched/build_policy.c rt.c". */
static void add_line(struct kmend_buffer *list, const char *line)
{
	const char *colon = strchr(line, ':');
	const char *begin = colon ? strpbrk(colon, "\"<") : NULL;
	const char *end = begin ? strpbrk(begin + 1, "\">") : NULL;

	if (end && kmend_starts_with(line, "./"))
		kmend_buffer_addf(list, "%.*s %.*s\n", (int)(colon - line - 2), line + 2, (int)(end - begin - 1),
				  begin + 1);
}

int kmend_tree_list_includes(const struct kmend_tree *tree, struct kmend_error *error)
{
	static const char pattern[] = "^[[:space:]]*#[[:space:]]*include[[:space:]]*[\"<][^\">]*\\.c[\">]";
	_cleanup_buffer_ struct kmend_buffer output = { 0 }, list = { 0 };
	_cleanup_free_ char *path = list_path(tree);
	const char *argv[] = { "grep", "-rHE", "--include=*.[chS]", pattern, ".", NULL };
	struct kmend_child child = { .argv = argv, .directory = tree->source, .output = &output };
	char *rest = NULL;
	int status = kmend_child_run(&child, error);

	if (status < 0 || status > 1)
		return status < 0 ? status : kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "cannot search the source");
	kmend_buffer_add(&list, "", 0);
	for (char *line = output.data ? strtok_r(output.data, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		add_line(&list, line);
	return kmend_file_write_atomic(path, list.data, list.size, 0644, error);
}

/* The path an include directive means, relative to its own file's directory; "a/b.c" + "../c.c" is "c.c". New memory. */
static char *resolve(const char *includer, const char *text)
{
	struct kmend_buffer path = { 0 };
	const char *slash = strrchr(includer, '/');

	kmend_buffer_add(&path, includer, slash ? slash - includer : 0);
	for (const char *part = text; *part;) {
		size_t length = strcspn(part, "/");

		if (length == 2 && !strncmp(part, "..", 2)) {
			while (path.size && path.data[path.size - 1] != '/')
				path.size--;
			path.size -= path.size != 0;
		} else if (length && !(length == 1 && *part == '.')) {
			kmend_buffer_addf(&path, "%s%.*s", path.size ? "/" : "", (int)length, part);
		}
		part += length + (part[length] == '/');
	}
	path.data[path.size] = '\0';
	return path.data;
}

/*
 * Directives found through -I paths are not resolved; they name the file if the last parts agree, and what is beside the includer
 * is not called so.
 */
static bool names(const struct kmend_tree *tree, const char *includer, const char *text, const char *path)
{
	_cleanup_free_ char *resolved = resolve(includer, text);
	_cleanup_free_ char *tail = kmend_format("/%s", text);

	_cleanup_free_ char *beside = kmend_path(tree->source, resolved);

	return !strcmp(resolved, path) || (!kmend_starts_with(text, ".") && kmend_ends_with(path, tail) &&
					   (strchr(text, '/') || !kmend_file_exists(beside)));
}

int kmend_tree_includers(const struct kmend_tree *tree, const char *path, struct kmend_strv *ret_includers,
			 struct kmend_error *error)
{
	_cleanup_free_ char *list = list_path(tree), *text = NULL;
	char *rest = NULL;
	int code = kmend_file_read(list, LIST_LIMIT, &text, NULL, error);

	if (code)
		return code;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *blank = strchr(line, ' ');

		if (!blank)
			continue;
		*blank = '\0';
		if (names(tree, line, blank + 1, path))
			kmend_strv_add(ret_includers, line);
	}
	return 0;
}
