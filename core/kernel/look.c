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
#include "live.h"
#include "overlay.h"

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
		      const char *output, bool is_quick, struct kmend_strv *words, struct kmend_error *error)
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
	kmend_words_free(commands, count);
	kmend_strv_add(words, "-E");
	kmend_strv_add(words, "-P");
	if (is_quick)
		kmend_strv_add(words, "-fdirectives-only");
	kmend_strv_add(words, "-w");
	kmend_strv_add(words, "-o");
	kmend_strv_add(words, output);
	if (overlay) {
		kmend_strv_addf(words, "-fmacro-prefix-map=%s/=", overlay);
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

bool kmend_look_is_same(const char *a, size_t a_size, const char *b, size_t b_size)
{
	const char *a_end = a + a_size, *b_end = b + b_size;

	while (true) {
		size_t length;

		while (a < a_end && *a == '\n')
			a++;
		while (b < b_end && *b == '\n')
			b++;
		if (a == a_end || b == b_end)
			return a == a_end && b == b_end;
		length = (const char *)memchr(a, '\n', a_end - a) ? (const char *)memchr(a, '\n', a_end - a) - a
								  : a_end - a;
		if (length > (size_t)(b_end - b) || memcmp(a, b, length) || (b + length < b_end && b[length] != '\n'))
			return false;
		a += length;
		b += length;
	}
}

/* The tag of "struct TAG {" at a line's beginning, which no remark has; its length, or 0. */
static size_t tag_of(const char *line, const char *end, const char **ret_tag)
{
	static const char *const words[] = { "struct ", "union " };

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(words); i++) {
		size_t length = strlen(words[i]), size = 0;

		if ((size_t)(end - line) < length || memcmp(line, words[i], length) != 0)
			continue;
		line += length;
		while (line + size < end && line[size] != ' ')
			size++;
		*ret_tag = line;
		return line + size + 1 < end && line[size + 1] == '{' ? size : 0;
	}
	return 0;
}

void kmend_look_settle(const char *text, size_t size, struct kmend_look_types *types)
{
	const char *end = text + size;

	for (const char *line = text; line < end;) {
		const char *next = memchr(line, '\n', end - line), *tag;
		const char *line_end = next ? next : end;
		size_t length = *line == 's' || *line == 'u' ? tag_of(line, line_end, &tag) : 0;

		for (size_t i = 0; length && i < types->types->count; i++) {
			const char *wanted = strrchr(types->types->items[i], ' ') + 1;

			if (!types->are_same[i] && !strncmp(wanted, tag, length) && !wanted[length])
				types->are_same[i] = true;
		}
		line = line_end + 1;
	}
}

/*
 * What can be said of a unit from its two texts. One that cannot be preprocessed before either (something generated is
 * missing) differs, so that it is compiled by kbuild, which makes what it needs.
 */
static int judge(const struct kmend_tree *tree, const struct kmend_strv *paths, struct kmend_look *look,
		 struct view *view, const int statuses[2], bool is_quick, struct kmend_look_types *types,
		 struct kmend_error *error)
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
		if (types && types->types->count)
			kmend_look_settle(post, post_size, types);
	} else if (!is_quick && !kmend_ends_with(look->unit->source, ".S") &&
		   !kmend_live_differs(pre, pre_size, post, post_size, &has_types)) {
		look->result = has_types ? KMEND_LOOK_TYPES : KMEND_LOOK_SAME;
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
					  views[i].output[j], is_quick, &views[i].words[j], error);
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
		code = judge(tree, paths, &looks[who[i]], &views[who[i]], &statuses[2 * i], is_quick, types, error);
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
