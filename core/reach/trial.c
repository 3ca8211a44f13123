// SPDX-License-Identifier: GPL-2.0
#include "trial.h"

#include <errno.h>
#include <string.h>

#include "../base/child.h"
#include "../base/file.h"
#include "../kernel/overlay.h"

/* Units are tried so many at a time: the first one that fails ends it. */
#define BATCH 16
/* What one takes on a usual machine. */
#define TRIAL_SECONDS 0.5

static const char *const environment[] = { "LC_ALL=C", "GCC_EXEC_PREFIX", "CPATH", "C_INCLUDE_PATH", NULL };

/* A unit's command that makes no code; of the text after the diff if `overlay` is not NULL. */
static int make_words(const struct kmend_tree *tree, const struct kmend_walk_unit *unit, const char *overlay,
		      struct kmend_strv *words)
{
	_cleanup_unit_command_ struct kmend_unit_command *command = NULL;
	int code = kmend_walk_command(unit, &command, NULL);

	for (size_t i = 0; !code && i < command->compile.count; i++) {
		const char *word = command->compile.items[i];
		_cleanup_free_ char *other = overlay ? kmend_overlay_word(tree, overlay, word) : NULL;

		if (kmend_starts_with(word, "-Wp,-M"))
			continue;
		if (!strcmp(word, "-c") && overlay && tree->include) { /* kmend/hooks.h */
			kmend_strv_add(words, "-idirafter");
			kmend_strv_add(words, tree->include);
		}
		kmend_strv_add(words, !strcmp(word, command->object) ? "/dev/null" : other ? other : word);
	}
	if (!code)
		kmend_strv_add(words, "-fsyntax-only");
	return code;
}

/* The compiler's words without the directories in which we keep the source. New memory. */
static char *readable_words(const struct kmend_tree *tree, const struct kmend_change_set *set, const char *text)
{
	_cleanup_free_ char *source = kmend_format("%s/", tree->source), *overlay = kmend_format("%s/", set->overlay);
	struct kmend_buffer readable = { 0 };

	kmend_buffer_add(&readable, "", 0);
	while (*text) {
		const char *place = kmend_starts_with(text, source)    ? source
				    : kmend_starts_with(text, overlay) ? overlay
								       : NULL;

		if (place)
			text += strlen(place);
		else
			kmend_buffer_add(&readable, text++, 1);
	}
	return readable.data;
}

/*
 * Put one of the set's texts of a unit in its place in the overlay, if it has one: `root` is set->plain, for the user's own line
 * numbers, or set->post, which is there else.
 */
static int put_text(const struct kmend_tree *tree, const struct kmend_change_set *set, const char *root,
		    const struct kmend_walk_unit *unit, struct kmend_error *error)
{
	_cleanup_free_ char *text = kmend_path(root, unit->source), *source = kmend_path(tree->source, unit->source);
	_cleanup_free_ char *place = kmend_overlay_word(tree, set->overlay, source);

	if (unit->is_generated || !kmend_file_exists(text))
		return 0;
	return kmend_overlay_put(tree, set->overlay, place + strlen(set->overlay) + 1, text, error);
}

/* Did it compile before the set? */
static bool was_good(const struct kmend_tree *tree, const struct kmend_walk_unit *unit)
{
	_cleanup_strv_ struct kmend_strv words = { 0 };
	struct kmend_child child = { .directory = tree->build, .environment = environment };

	if (make_words(tree, unit, NULL, &words))
		return false;
	child.argv = (const char *const *)words.items;
	return !kmend_child_run(&child, NULL);
}

static int try_batch(const struct kmend_tree *tree, const struct kmend_change_set *set,
		     const struct kmend_walk_unit *const *units, size_t count, unsigned int jobs,
		     struct kmend_error *error)
{
	struct kmend_child children[BATCH] = { 0 };
	struct kmend_strv words[BATCH] = { 0 };
	struct kmend_buffer output[BATCH] = { 0 };
	const struct kmend_walk_unit *who[BATCH];
	int statuses[BATCH] = { 0 }, code;
	size_t nr = 0;

	for (size_t i = 0; i < count; i++) {
		/* What cannot be run again as it is says nothing. */
		if (make_words(tree, units[i], set->overlay, &words[i]))
			continue;
		who[nr] = units[i];
		children[nr] = (struct kmend_child){ .argv = (const char *const *)words[i].items,
						     .directory = tree->build,
						     .environment = environment,
						     .output = &output[nr],
						     .errors = &output[nr] };
		nr++;
	}
	code = kmend_child_run_all(children, nr, jobs, statuses, NULL, NULL, error);
	for (size_t i = 0; !code && i < nr; i++) {
		_cleanup_free_ char *readable = NULL;

		/* One that was ended by a signal says nothing; nor do those behind the first that failed. */
		if (statuses[i] <= 0 || statuses[i] >= 128 || !was_good(tree, who[i]))
			continue;
		readable = readable_words(tree, set, output[i].data ? output[i].data : "");
		code = kmend_fail(error, KMEND_STATUS_BUILD_FAILED, -EINVAL,
				  "%s does not compile with the diff applied", who[i]->source);
		kmend_detail(error, readable);
	}
	for (size_t i = 0; i < count; i++) {
		kmend_strv_free(&words[i]);
		kmend_buffer_free(&output[i]);
	}
	return code;
}

/* How many names a unit's text (`whole`: the chunk that stands for it) mentions of those that are marked, and marked so. */
static size_t count_marked(const struct kmend_index *index, const struct kmend_index_chunk *whole, const uint8_t *marks,
			   uint8_t mark)
{
	size_t count = 0;

	for (uint32_t i = 0; whole && i < whole->nr_names; i++)
		count += marks[index->names[whole->first_name + i]] >= mark;
	return count;
}

#define CHANGED 1 /* the diff changes it */
#define MISSING 2 /* and none of those drawn mentions it */

static void swap(const struct kmend_walk_unit **units, const struct kmend_index_chunk **wholes, size_t i, size_t j)
{
	const struct kmend_walk_unit *unit = units[i];
	const struct kmend_index_chunk *whole = wholes[i];

	units[i] = units[j];
	wholes[i] = wholes[j];
	units[j] = unit;
	wholes[j] = whole;
}

/* That which mentions most of what is missing, of those at `from` and behind it; among such the one that uses most of the change. */
static size_t find_best(const struct kmend_index *index, const struct kmend_index_chunk *const *wholes, size_t from,
			size_t count, const uint8_t *marks)
{
	size_t best = count, best_missing = 0, best_changed = 0;

	for (size_t i = from; i < count; i++) {
		size_t missing = count_marked(index, wholes[i], marks, MISSING), changed;

		if (!missing || missing < best_missing)
			continue;
		changed = count_marked(index, wholes[i], marks, CHANGED);
		if (missing == best_missing && changed <= best_changed)
			continue;
		best = i;
		best_missing = missing;
		best_changed = changed;
	}
	return best;
}

size_t kmend_trial_draw(const struct kmend_closure *closure, const struct kmend_walk_unit **units, size_t count)
{
	const struct kmend_index *index = closure->index;
	_cleanup_free_ const struct kmend_index_chunk **by_file = kmend_calloc(index->nr_files + 1, sizeof(*by_file));
	_cleanup_free_ const struct kmend_index_chunk **wholes = kmend_calloc(count + 1, sizeof(*wholes));
	_cleanup_free_ uint8_t *marks = kmend_calloc(index->nr_texts + 1, 1);
	size_t drawn = 0, named;

	for (size_t i = 0; i < index->nr_chunks; i++)
		if (index->chunks[i].number == KMEND_INDEX_WHOLE && !index->chunks[i].version)
			by_file[index->chunks[i].file] = &index->chunks[i];
	for (size_t i = 0; i < count; i++) {
		size_t file = kmend_sources_find(&index->sources, units[i]->source);

		wholes[i] = file == SIZE_MAX ? NULL : by_file[file];
	}
	for (size_t i = 0; i < closure->nr_direct; i++)
		marks[closure->direct[i]] = MISSING;
	while (drawn < KMEND_TRIAL_NAMED) {
		size_t best = find_best(index, wholes, drawn, count, marks);

		if (best == count)
			break;
		for (uint32_t i = 0; i < wholes[best]->nr_names; i++) {
			uint8_t *mark = &marks[index->names[wholes[best]->first_name + i]];

			*mark = *mark ? CHANGED : 0;
		}
		swap(units, wholes, drawn++, best);
	}
	named = drawn;
	for (size_t i = named; i < KMEND_TRIAL_USERS && i < count; i++)
		swap(units, wholes, drawn++, i + (i - named) * (count - i) / KMEND_TRIAL_USERS);
	return drawn;
}

int kmend_trial_compile(const struct kmend_tree *tree, const struct kmend_change_set *set,
			const struct kmend_walk_unit *const *units, size_t count, unsigned int jobs,
			struct kmend_progress *progress, struct kmend_error *error)
{
	_cleanup_free_ char *text = kmend_format("trying whether %zu units compile", count);
	int code = 0;

	/* On top of others, what was before is in no place of its own. */
	if (set->before)
		return 0;
	for (size_t i = 0; !code && i < count; i++)
		code = put_text(tree, set, set->plain, units[i], error);
	for (size_t i = 0; !code && i < count; i += BATCH) {
		kmend_step_count(progress, text, i, count, count * TRIAL_SECONDS / (jobs ? jobs : 1));
		code = try_batch(tree, set, units + i, count - i < BATCH ? count - i : BATCH, jobs, error);
	}
	for (size_t i = 0; !code && i < count; i++)
		code = put_text(tree, set, set->post, units[i], error);
	return code;
}
