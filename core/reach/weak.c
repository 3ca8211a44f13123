// SPDX-License-Identifier: GPL-2.0
/* What the source declares weak: another unit may bring its own definition, and the linker takes that one. */
#include <errno.h>
#include <string.h>

#include "../base/child.h"
#include "../base/file.h"
#include "../kernel/classify.h"
#include "../kernel/tree.h"
#include "chunk.h"

#define LIST_LIMIT (1 << 20)
#define SOURCE_LIMIT (32 << 20)

static bool is_weak(const struct kmend_chunk *chunk)
{
	static const char *const words[] = { "__weak", "weak", "__weak__" };
	const char *text = chunk->text, *end = text + strlen(text);
	struct kmend_token token;

	while (token = kmend_token_next(&text, end), token.kind != KMEND_TOKEN_END) {
		for (size_t i = 0; i < KMEND_ARRAY_SIZE(words); i++)
			if (kmend_token_is(&token, words[i]))
				return true;
		/* Bodies say nothing of what they are the bodies of. */
		if (kmend_token_is(&token, "{"))
			return false;
	}
	return false;
}

/* The marks are attributes, not names. */
static char is_mark(void *context, const char *name)
{
	(void)context;
	return kmend_starts_with(name, "__weak") || kmend_starts_with(name, "__alias") ? 'e' : '\0';
}

static void add_names(const char *path, const struct kmend_chunk *chunk, struct kmend_buffer *list)
{
	_cleanup_chunk_names_ struct kmend_chunk_names names = { 0 };

	if (chunk->kind != KMEND_CHUNK_CODE || !is_weak(chunk))
		return;
	kmend_chunk_names(chunk, is_mark, NULL, &names);
	for (size_t i = 0; i < names.names.count; i++)
		kmend_buffer_addf(list, "%s %s\n", names.names.items[i], path);
}

static int read_file(const struct kmend_tree *tree, const char *path, struct kmend_buffer *list,
		     struct kmend_error *error)
{
	_cleanup_free_ char *file = kmend_path(tree->source, path), *text = NULL;
	_cleanup_chunks_ struct kmend_chunks chunks = { 0 };
	enum kmend_file_class class = kmend_classify_path(path);
	size_t size;
	int code;

	if (class != KMEND_FILE_UNKNOWN && class != KMEND_FILE_HEADER && class != KMEND_FILE_SPECIAL)
		return 0;
	code = kmend_file_read(file, SOURCE_LIMIT, &text, &size, error);
	if (code)
		return code;
	kmend_chunks_split(text, size, &chunks);
	for (size_t i = 0; i < chunks.count; i++)
		add_names(path, &chunks.items[i], list);
	return 0;
}

static int make_list(const struct kmend_tree *tree, const char *path, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer output = { 0 }, list = { 0 };
	const char *argv[] = { "grep", "-rlwE", "--include=*.[ch]", "weak|__weak|__weak__", ".", NULL };
	struct kmend_child child = { .argv = argv, .directory = tree->source, .output = &output };
	char *rest = NULL;
	int code = kmend_child_run(&child, error);

	if (code < 0 || code > 1)
		return code < 0 ? code : kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "cannot search the source");
	code = 0;
	kmend_buffer_add(&list, "", 0);
	for (char *line = output.data ? strtok_r(output.data, "\n", &rest) : NULL; line && !code;
	     line = strtok_r(NULL, "\n", &rest))
		if (kmend_starts_with(line, "./"))
			code = read_file(tree, line + 2, &list, error);
	return code ? code : kmend_file_write_atomic(path, list.data, list.size, 0644, error);
}

int kmend_tree_weak(const struct kmend_tree *tree, const char *name, struct kmend_strv *ret_files,
		    struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_path(tree->directory, "weak-names"), *text = NULL;
	char *rest = NULL;
	int code = kmend_file_exists(path) ? 0 : make_list(tree, path, error);

	if (!code)
		code = kmend_file_read(path, LIST_LIMIT, &text, NULL, error);
	for (char *line = !code ? strtok_r(text, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest)) {
		size_t length = strcspn(line, " ");

		if (line[length] && length == strlen(name) && !strncmp(line, name, length))
			kmend_strv_add(ret_files, line + length + 1);
	}
	return code;
}
