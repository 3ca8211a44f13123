// SPDX-License-Identifier: GPL-2.0
/*
 * Units are preprocessed twice at most. First directives only, which costs a fifth: if that gives the same text on both
 * sides, with the same macros defined in the same places, all else does too. Then in full.
 */
#include "look.h"

#include <errno.h>
#include <string.h>

#include "../base/child.h"
#include "../base/file.h"
#include "../kernel/overlay.h"
#include "../kernel/sources.h"
#include "chunk.h"
#include "live.h"

#define TEXT_LIMIT (256 << 20)

static const char *const environment[] = { "LC_ALL=C", "GCC_EXEC_PREFIX", "CPATH", "C_INCLUDE_PATH", NULL };

/* Where one look is, with its files: some megabytes are too much for a pipe. */
struct view {
	struct kmend_strv words[2];
	char *output[2];
	bool is_done;
};

static void view_clear(struct view *view)
{
	for (int i = 0; i < 2; i++) {
		kmend_strv_free(&view->words[i]);
		if (view->output[i]) {
			_cleanup_free_ char *dependencies = kmend_format("%s.d", view->output[i]);

			unlink(view->output[i]);
			unlink(dependencies);
		}
		free(view->output[i]);
		view->output[i] = NULL;
	}
}

/* A unit's command made to preprocess it; of the text after the diff if `overlay` is not NULL. */
static int make_words(const struct kmend_tree *tree, const struct kmend_walk_unit *unit, const char *overlay,
		      const char *output, bool is_quick, bool has_places, struct kmend_strv *words,
		      struct kmend_error *error)
{
	struct kmend_strv *commands = NULL;
	size_t count = 0;
	_cleanup_free_ char *text = kmend_format("%s", unit->command);
	int code = kmend_words_split(text, &commands, &count);

	if (code || !count)
		return kmend_fail(error, KMEND_STATUS_OUT_OF_SCOPE, -EINVAL,
				  "kbuild's command for %s is not of a kind that can be run again", unit->source);
	for (size_t i = 0; i < commands[0].count; i++) {
		const char *word = commands[0].items[i];

		if (kmend_starts_with(word, "-Wp,-M") || !strcmp(word, "-c"))
			continue;
		if (!strcmp(word, "-o") && i + 1 < commands[0].count) {
			i++;
		} else if (overlay) {
			_cleanup_free_ char *other = kmend_overlay_word(tree, overlay, word);

			kmend_strv_add(words, other);
		} else {
			kmend_strv_add(words, word);
		}
	}
	if (overlay)
		kmend_strv_addf(words, "-fmacro-prefix-map=%s/=", overlay);
	for (size_t i = 0; overlay && i < commands[0].count; i++)
		kmend_overlay_map(tree, overlay, commands[0].items[i], words);
	kmend_words_free(commands, count);
	kmend_strv_add(words, "-E");
	if (!has_places)
		kmend_strv_add(words, "-P");
	if (is_quick)
		kmend_strv_add(words, "-fdirectives-only");
	kmend_strv_add(words, "-w");
	kmend_strv_add(words, "-o");
	kmend_strv_add(words, output);
	if (overlay) {
		kmend_strv_add(words, "-MD");
		kmend_strv_add(words, "-MF");
		kmend_strv_addf(words, "%s.d", output);
	}
	return code;
}

/* No text of before may have come in around the overlay. */
static int check_dependencies(const struct kmend_tree *tree, const struct kmend_strv *paths,
			      const struct kmend_look *look, const struct view *view, struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_format("%s.d", view->output[1]), *text = NULL, *leak = NULL;

	if (kmend_file_read(path, 16 << 20, &text, NULL, NULL))
		return 0;
	leak = kmend_overlay_leak(tree, paths, text);
	if (!leak)
		return 0;
	return kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "%s finds %s around the amended source",
			  look->unit->source, leak);
}

/* "# 12 "FILE" 1": FILE in ret_name (new memory). Only the preprocessor begins lines of C like that. */
static bool is_marker(const char *line, const char *end, char **ret_name)
{
	const char *name, *close;

	if (end - line < 3 || line[0] != '#' || line[1] != ' ' || line[2] < '0' || line[2] > '9')
		return false;
	name = memchr(line, '"', end - line);
	close = name ? memchr(name + 1, '"', end - name - 1) : NULL;
	if (ret_name)
		*ret_name = close ? kmend_strndup(name + 1, close - name - 1) : kmend_strdup("");
	return true;
}

/* The next line with something in it that the compiler sees, at *at, and its length; NULL: there is none. */
static const char *next_line(const char **at, const char *end, size_t *ret_length)
{
	while (*at < end) {
		const char *line = *at, *next = memchr(line, '\n', end - line), *line_end = next ? next : end;

		*at = next ? next + 1 : end;
		*ret_length = line_end - line;
		if (*ret_length && !is_marker(line, line_end, NULL))
			return line;
	}
	return NULL;
}

bool kmend_look_is_same(const char *a, size_t a_size, const char *b, size_t b_size)
{
	const char *a_end = a + a_size, *b_end = b + b_size;

	while (true) {
		size_t a_length, b_length;
		const char *one = next_line(&a, a_end, &a_length), *other = next_line(&b, b_end, &b_length);

		if (!one || !other)
			return !one && !other;
		if (a_length != b_length || memcmp(one, other, a_length) != 0)
			return false;
	}
}

/* A file's path in its place: without that of the place. New memory. */
static char *path_of(const char *name, const struct kmend_strv *roots)
{
	for (size_t i = 0; i < roots->count; i++) {
		size_t length = strlen(roots->items[i]);

		if (kmend_starts_with(name, roots->items[i]) && name[length] == '/')
			return kmend_source_path(name + length + 1);
	}
	return kmend_source_path(name);
}

static bool is_of_file(const char *type, const char *path)
{
	return kmend_starts_with(type, path) && type[strlen(path)] == ' ';
}

/* The lines that come from the file of a type that is not settled. */
static void take_lines(const char *text, size_t size, const struct kmend_strv *roots,
		       const struct kmend_look_types *types, struct kmend_buffer *ret_texts)
{
	struct kmend_buffer *into = NULL;

	for (const char *line = text, *end = text + size; line < end;) {
		const char *next = memchr(line, '\n', end - line), *line_end = next ? next : end;
		_cleanup_free_ char *name = NULL;

		if (is_marker(line, line_end, &name)) {
			_cleanup_free_ char *path = path_of(name, roots);

			into = NULL;
			for (size_t i = 0; !into && i < types->types->count; i++)
				if (!types->are_same[i] && is_of_file(types->types->items[i], path))
					into = &ret_texts[i];
		} else if (into) {
			kmend_buffer_add(into, line, line_end - line);
			kmend_buffer_add(into, "\n", 1);
		}
		line = line_end + 1;
	}
}

void kmend_look_settle(const char *text, size_t size, const struct kmend_strv *roots, struct kmend_look_types *types)
{
	struct kmend_buffer *texts = kmend_calloc(types->types->count + 1, sizeof(*texts));

	take_lines(text, size, roots, types, texts);
	for (size_t i = 0; i < types->types->count; i++) {
		_cleanup_chunks_ struct kmend_chunks chunks = { 0 };
		size_t length = strrchr(types->types->items[i], ' ') - types->types->items[i];
		_cleanup_free_ char *path = kmend_strndup(types->types->items[i], length);

		if (texts[i].size)
			kmend_chunks_split(texts[i].data, texts[i].size, &chunks);
		for (size_t j = 0; j < chunks.count; j++) {
			_cleanup_chunk_names_ struct kmend_chunk_names names = { 0 };

			if (chunks.items[j].kind != KMEND_CHUNK_CODE)
				continue;
			kmend_chunk_names(&chunks.items[j], NULL, NULL, &names);
			for (size_t k = 0; names.role == KMEND_ROLE_TYPE && !names.is_enum && k < types->types->count;
			     k++) {
				const char *type = types->types->items[k], *tag = strrchr(type, ' ') + 1;

				if (is_of_file(type, path) &&
				    (names.tag ? !strcmp(names.tag, tag) : kmend_strv_has(&names.names, tag)))
					types->are_same[k] = true;
			}
		}
		kmend_buffer_free(&texts[i]);
	}
	free(texts);
}

static bool has_unsettled(const struct kmend_look_types *types)
{
	for (size_t i = 0; types && i < types->types->count; i++)
		if (!types->are_same[i])
			return true;
	return false;
}

/* A unit in which nothing that counts changed settles the types whose own declarations it reads. */
static void settle(const struct kmend_tree *tree, const struct kmend_change_set *set, const struct kmend_look *look,
		   const char *post, size_t size, struct kmend_look_types *types)
{
	_cleanup_strv_ struct kmend_strv roots = { 0 };

	/* What is compiled for other code (the vdso, firmware stubs) may see another structure. */
	if (!has_unsettled(types) || !look->unit->is_kernel || kmend_ends_with(look->unit->source, ".S"))
		return;
	kmend_strv_add(&roots, set->overlay);
	kmend_strv_add(&roots, tree->source);
	kmend_strv_add(&roots, tree->build);
	kmend_strv_add(&roots, ".");
	kmend_look_settle(post, size, &roots, types);
}

/*
 * What can be said of a unit from its two texts. One that cannot be preprocessed before either (something generated is
 * missing) differs, so that it is compiled by kbuild, which makes what it needs.
 */
static int judge(const struct kmend_tree *tree, const struct kmend_change_set *set, const struct kmend_strv *paths,
		 struct kmend_look *look, struct view *view, const int statuses[2], bool is_quick,
		 struct kmend_look_types *types, struct kmend_error *error)
{
	_cleanup_free_ char *pre = NULL, *post = NULL;
	size_t pre_size, post_size;
	bool has_types = false;
	int code;

	look->result = KMEND_LOOK_DIFFERS;
	view->is_done = !is_quick;
	if (statuses[0] || statuses[1])
		return 0;
	code = check_dependencies(tree, paths, look, view, error);
	if (!code)
		code = kmend_file_read(view->output[0], TEXT_LIMIT, &pre, &pre_size, error);
	if (!code)
		code = kmend_file_read(view->output[1], TEXT_LIMIT, &post, &post_size, error);
	if (code)
		return code;
	if (kmend_look_is_same(pre, pre_size, post, post_size)) {
		look->result = KMEND_LOOK_SAME;
		view->is_done = true;
		settle(tree, set, look, post, post_size, types);
	} else if (!is_quick && !kmend_ends_with(look->unit->source, ".S") &&
		   !kmend_live_differs(pre, pre_size, post, post_size, &has_types)) {
		look->result = has_types ? KMEND_LOOK_TYPES : KMEND_LOOK_SAME;
		/* No structure in it is another one, nor made with anything that is. */
		if (!has_types)
			settle(tree, set, look, post, post_size, types);
	}
	return 0;
}

static int run(const struct kmend_tree *tree, const struct kmend_change_set *set, const struct kmend_strv *paths,
	       struct kmend_look *looks, struct view *views, size_t count, bool is_quick,
	       struct kmend_look_types *types, unsigned int jobs, struct kmend_error *error)
{
	struct kmend_child children[2 * KMEND_LOOK_BATCH] = { 0 };
	size_t who[KMEND_LOOK_BATCH], nr = 0;
	int statuses[2 * KMEND_LOOK_BATCH], code = 0;
	bool has_places = has_unsettled(types);

	for (size_t i = 0; !code && i < count; i++) {
		/* To an assembler's text, what is no directive of the preprocessor may look like one. */
		if (views[i].is_done || (is_quick && kmend_ends_with(looks[i].unit->source, ".S")))
			continue;
		view_clear(&views[i]);
		for (int j = 0; !code && j < 2; j++) {
			views[i].output[j] = kmend_format("%s-%zu-%d.i", set->overlay, i, j);
			code = make_words(tree, looks[i].unit,
					  j		? set->overlay
					  : set->before ? set->before->overlay
							: NULL,
					  views[i].output[j], is_quick, has_places, &views[i].words[j], error);
			children[2 * nr + j] =
				(struct kmend_child){ .argv = (const char *const *)views[i].words[j].items,
						      .directory = tree->build,
						      .environment = environment };
		}
		who[nr++] = i;
	}
	for (size_t i = 0; !code && i < 2 * nr;) {
		/* A child that fails stops the list; each has to have its turn. */
		code = kmend_child_run_all(children + i, 2 * nr - i, jobs, statuses + i, NULL, NULL, error);
		while (i < 2 * nr && statuses[i] != -ECANCELED)
			i++;
	}
	for (size_t i = 0; !code && i < nr; i++)
		code = judge(tree, set, paths, &looks[who[i]], &views[who[i]], &statuses[2 * i], is_quick, types,
			     error);
	return code;
}

int kmend_look_into(const struct kmend_tree *tree, const struct kmend_change_set *set, const struct kmend_strv *paths,
		    struct kmend_look *looks, size_t count, struct kmend_look_types *types, unsigned int jobs,
		    struct kmend_error *error)
{
	struct view views[KMEND_LOOK_BATCH] = { 0 };
	int code = run(tree, set, paths, looks, views, count, true, types, jobs, error);

	if (!code)
		code = run(tree, set, paths, looks, views, count, false, types, jobs, error);
	for (size_t i = 0; i < count; i++)
		view_clear(&views[i]);
	return code;
}
