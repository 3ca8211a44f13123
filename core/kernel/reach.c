// SPDX-License-Identifier: GPL-2.0
#include "reach.h"

#include <errno.h>
#include <string.h>

#include "../base/child.h"
#include "../base/file.h"
#include "closure.h"
#include "live.h"
#include "overlay.h"
#include "reach_cache.h"

/* Preprocessed texts are some megabytes each: so many units are looked into at a time. */
#define BATCH 8
#define TEXT_LIMIT (256 << 20)

static const char *const environment[] = { "LC_ALL=C", "GCC_EXEC_PREFIX", "CPATH", "C_INCLUDE_PATH", NULL };

struct work {
	const struct kmend_tree *tree;
	struct kmend_change_set *set;
	const struct kmend_strv *paths;
	const struct kmend_walk *walk;
	const struct kmend_index *index;
	const struct kmend_closure *closure;
	unsigned int jobs;
	struct kmend_progress *progress;
	struct kmend_reached *reached; /* what is found */
};

/* All files that include one of those marked, however far around; themselves too. New array, a flag per file. */
static bool *includers_of(const struct kmend_index *index, const bool *marked)
{
	bool *flags = kmend_calloc(index->sources.count + 1, sizeof(*flags));
	bool again = true;

	memcpy(flags, marked, index->sources.count * sizeof(*flags));
	while (again) {
		again = false;
		for (size_t i = 0; i < index->sources.count; i++)
			for (size_t j = 0; !flags[i] && j < index->files[i].nr_includes; j++)
				if (flags[index->files[i].includes[j]])
					flags[i] = again = true;
	}
	return flags;
}

static bool *includers_of_changed(const struct work *work)
{
	_cleanup_free_ bool *changed = kmend_calloc(work->index->sources.count + 1, sizeof(*changed));

	for (size_t i = 0; i < work->paths->count; i++) {
		size_t file = kmend_sources_find(&work->index->sources, work->paths->items[i]);

		if (file == SIZE_MAX)
			continue;
		changed[file] = true;
		/* Headers that every unit is made to include. */
		if (!strcmp(work->paths->items[i], "include/linux/kconfig.h") ||
		    !strcmp(work->paths->items[i], "include/linux/compiler_types.h") ||
		    !strcmp(work->paths->items[i], "include/linux/compiler-version.h"))
			memset(changed, true, work->index->sources.count * sizeof(*changed));
	}
	return includers_of(work->index, changed);
}

/* Units that can include the change, and mention it or include what acts by being included. */
static void find_candidates(const struct work *work, const struct kmend_walk_unit ***ret_candidates, size_t *ret_count)
{
	_cleanup_free_ bool *may_include = includers_of_changed(work);
	_cleanup_free_ bool *acting = includers_of(work->index, work->closure->is_acting);

	for (size_t i = 0; i < work->walk->count; i++) {
		const struct kmend_walk_unit *unit = &work->walk->units[i];
		size_t file = kmend_sources_find(&work->index->sources, unit->source);

		if (kmend_strv_has(&work->set->units, unit->source))
			continue;
		/* A unit that includes what is not there yet, or is not there itself, has not been read as a whole. */
		if (file == SIZE_MAX || (may_include[file] && (work->closure->mentions[file] || acting[file] ||
							       work->index->files[file].is_missing)))
			*kmend_array_add(*ret_candidates, *ret_count) = unit;
	}
}

/* A unit's command made to preprocess it; of the text after the diff if `overlay` is not NULL. */
static int make_words(const struct work *work, const struct kmend_walk_unit *unit, const char *overlay,
		      const char *output, struct kmend_strv *words, struct kmend_error *error)
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
			_cleanup_free_ char *other = kmend_overlay_word(work->tree, overlay, word);

			kmend_strv_add(words, other);
		} else {
			kmend_strv_add(words, word);
		}
	}
	kmend_words_free(commands, count);
	kmend_strv_add(words, "-E");
	kmend_strv_add(words, "-P");
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

/* One unit of a batch. */
struct look {
	const struct kmend_walk_unit *unit;
	struct kmend_strv words[2];
	char *output[2]; /* files: some megabytes are too much for a pipe */
	bool is_reached;
};

static void look_free(struct look *look)
{
	for (int i = 0; i < 2; i++) {
		kmend_strv_free(&look->words[i]);
		if (look->output[i]) {
			_cleanup_free_ char *dependencies = kmend_format("%s.d", look->output[i]);

			unlink(look->output[i]);
			unlink(dependencies);
		}
		free(look->output[i]);
	}
	*look = (struct look){ 0 };
}

/* No text of before may have come in around the overlay. */
static int check_dependencies(const struct work *work, const struct look *look, struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_format("%s.d", look->output[1]), *text = NULL, *leak = NULL;

	if (kmend_file_read(path, 16 << 20, &text, NULL, NULL))
		return 0;
	leak = kmend_overlay_leak(work->tree, work->paths, text);
	if (!leak)
		return 0;
	return kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "%s finds %s around the amended source",
			  look->unit->source, leak);
}

/*
 * What can be said of a unit from its two texts. One that cannot be preprocessed before either (something generated is
 * missing) is reached, so that it is compiled by kbuild, which makes what it needs.
 */
static int judge(const struct work *work, struct look *look, const int statuses[2], struct kmend_error *error)
{
	_cleanup_free_ char *pre = NULL, *post = NULL;
	size_t pre_size, post_size;
	int code;

	look->is_reached = true;
	if (statuses[0] || statuses[1])
		return 0;
	code = check_dependencies(work, look, error);
	if (!code)
		code = kmend_file_read(look->output[0], TEXT_LIMIT, &pre, &pre_size, error);
	if (!code)
		code = kmend_file_read(look->output[1], TEXT_LIMIT, &post, &post_size, error);
	if (code)
		return code;
	look->is_reached = pre_size != post_size || memcmp(pre, post, pre_size);
	if (look->is_reached && !kmend_ends_with(look->unit->source, ".S"))
		look->is_reached = kmend_live_differs(pre, pre_size, post, post_size);
	return 0;
}

static int look_into(const struct work *work, struct look *looks, size_t count, struct kmend_error *error)
{
	struct kmend_child children[2 * BATCH] = { 0 };
	int statuses[2 * BATCH], code = 0;

	for (size_t i = 0; !code && i < count; i++) {
		for (int j = 0; !code && j < 2; j++) {
			looks[i].output[j] = kmend_format("%s-%zu-%d.i", work->set->overlay, i, j);
			code = make_words(work, looks[i].unit,
					  j		      ? work->set->overlay
					  : work->set->before ? work->set->before->overlay
							      : NULL,
					  looks[i].output[j], &looks[i].words[j], error);
			children[2 * i + j] =
				(struct kmend_child){ .argv = (const char *const *)looks[i].words[j].items,
						      .directory = work->tree->build,
						      .environment = environment };
		}
	}
	for (size_t i = 0; !code && i < 2 * count;) {
		/* A child that fails stops the list; each has to have its turn. */
		code = kmend_child_run_all(children + i, 2 * count - i, work->jobs, statuses + i, NULL, NULL, error);
		while (i < 2 * count && statuses[i] != -ECANCELED)
			i++;
	}
	for (size_t i = 0; !code && i < count; i++)
		code = judge(work, &looks[i], &statuses[2 * i], error);
	return code;
}

/* Seconds that so many units may take, by what one takes on a usual machine. */
static const char *duration(size_t units, unsigned int jobs, char *text, size_t size)
{
	size_t seconds = units * 6 / 10 / (jobs ? jobs : 1) + 1;

	if (seconds < 100)
		snprintf(text, size, "%zu s", seconds);
	else
		snprintf(text, size, "%zu min", (seconds + 59) / 60);
	return text;
}

/* Takes the text. */
static void add_reason(const struct work *work, const char *code, const char *unit, const char *symbol, char *text)
{
	_cleanup_free_ char *owned = text;
	struct kmend_reason *reason =
		kmend_reason_add(&work->reached->reasons, &work->reached->nr_reasons, code, owned, "");

	kmend_reason_about(reason, unit, symbol, 0);
}

/* Is the object of the source's name, as kbuild can be asked for it? */
static bool has_own_name(const struct kmend_walk_unit *unit)
{
	_cleanup_free_ char *object = kmend_unit_file(unit->source, "", ".o");

	return !strcmp(object, unit->object);
}

static void take(const struct work *work, const struct look *look, struct kmend_strv *ret_units)
{
	if (look->is_reached && look->unit->is_kernel && kmend_ends_with(look->unit->source, ".S"))
		add_reason(
			work, "assembly", look->unit->source, NULL,
			kmend_format("%s: assembly language, reached by the change of a header", look->unit->source));
	else if (look->is_reached && look->unit->is_kernel && !has_own_name(look->unit))
		add_reason(work, "odd-unit", look->unit->source, NULL,
			   kmend_format("%s: reached by the change of a header, and compiled to %s", look->unit->source,
					look->unit->object));
	else if (look->is_reached && look->unit->is_kernel)
		kmend_strv_add(ret_units, look->unit->source);
	else if (look->is_reached)
		add_reason(work, "special-object", look->unit->source, NULL,
			   kmend_format("%s: reached by the change of a header", look->unit->source));
}

static int narrow(const struct work *work, struct kmend_strv *ret_units, struct kmend_error *error)
{
	const struct kmend_walk_unit **candidates = NULL;
	size_t count = 0;
	char time[32];
	int code = 0;

	find_candidates(work, &candidates, &count);
	for (size_t i = 0; !code && i < count; i += BATCH) {
		struct look looks[BATCH] = { 0 };
		size_t size = count - i < BATCH ? count - i : BATCH;
		_cleanup_free_ char *text = kmend_format("looking into %zu units that may be reached (some %s)", count,
							 duration(count, work->jobs, time, sizeof(time)));

		kmend_step_update(work->progress, text, i, count);
		for (size_t j = 0; j < size; j++)
			looks[j].unit = candidates[i + j];
		code = look_into(work, looks, size, error);
		for (size_t j = 0; j < size; j++) {
			if (!code)
				take(work, &looks[j], ret_units);
			look_free(&looks[j]);
		}
	}
	free(candidates);
	return code;
}

/* Directories from which a changed file is included by a path with "..": they must be real ones in the overlay. */
static int open_climbs(const struct work *work, struct kmend_error *error)
{
	int code = 0;

	for (size_t i = 0; !code && i < work->index->nr_climbs; i++) {
		const struct kmend_index_climb *climb = &work->index->climbs[i];
		const struct kmend_source_file *includer = &work->index->sources.files[climb->includer];
		_cleanup_free_ char *directory = kmend_strdup(includer->path);
		char *slash = strrchr(directory, '/');

		if (!slash || includer->place != KMEND_PLACE_SOURCE ||
		    !kmend_strv_has(work->paths, work->index->sources.files[climb->file].path))
			continue;
		*slash = '\0';
		if (kmend_strv_has(&work->reached->opened, directory))
			continue;
		kmend_strv_add(&work->reached->opened, directory);
		code = kmend_overlay_open(work->tree, work->set->overlay, directory, error);
	}
	return code;
}

/* Structures that are not changed themselves, but by something in them: no unit need mention what changed them. */
static void tell_types(const struct work *work)
{
	for (size_t i = 0; i < work->closure->nr_types; i++) {
		const struct kmend_closure_type *type = &work->closure->types[i];

		if (type->is_direct)
			continue;
		add_reason(work, "type-reached", work->index->sources.files[type->file].path, type->tag,
			   kmend_format("struct %s (%s) is declared with something that the diff changes",
					type->tag[0] ? type->tag : "(without name)",
					work->index->sources.files[type->file].path));
	}
}

/* A source that others include may be a unit itself too. */
static void add_own(const struct work *work)
{
	struct kmend_change_set *set = work->set;

	for (size_t i = 0; i < set->shared.count; i++) {
		const struct kmend_walk_unit *unit = kmend_walk_find(work->walk, set->shared.items[i]);

		if (unit && unit->is_kernel && !kmend_strv_has(&set->units, unit->source)) {
			kmend_strv_add(&set->units, unit->source);
			kmend_strv_add(&work->reached->own, unit->source);
		}
	}
}

/* Do the texts differ in more than comments and blanks? Saves reading the whole source if they do not. */
static int texts_differ(const struct kmend_tree *tree, const struct kmend_change_set *set,
			const struct kmend_strv *paths, bool *ret_differ, struct kmend_error *error)
{
	int code = 0;

	*ret_differ = false;
	for (size_t i = 0; !code && !*ret_differ && i < paths->count; i++) {
		const struct kmend_change_set *holder = kmend_change_set_holder(set->before, paths->items[i]);
		_cleanup_free_ char *old_path = kmend_path(holder ? holder->plain : tree->source, paths->items[i]);
		_cleanup_free_ char *new_path = kmend_path(set->plain, paths->items[i]), *old = NULL, *new = NULL;
		_cleanup_chunks_ struct kmend_chunks before = { 0 }, after = { 0 };
		_cleanup_free_ bool *old_flags = NULL, *new_flags = NULL;
		size_t old_size, new_size;

		*ret_differ = !kmend_file_exists(old_path);
		if (*ret_differ)
			break;
		code = kmend_file_read(old_path, TEXT_LIMIT, &old, &old_size, error);
		if (!code)
			code = kmend_file_read(new_path, TEXT_LIMIT, &new, &new_size, error);
		if (code)
			return code;
		kmend_chunks_split(old, old_size, &before);
		kmend_chunks_split(new, new_size, &after);
		kmend_chunks_compare(&before, &after, &old_flags, &new_flags);
		*ret_differ = memchr(old_flags, 1, before.count) || memchr(new_flags, 1, after.count);
	}
	return code;
}

/* Work it out. */
static int find(struct work *work, struct kmend_error *error)
{
	_cleanup_walk_ struct kmend_walk *walk = NULL;
	_cleanup_index_ struct kmend_index *index = NULL;
	_cleanup_closure_ struct kmend_closure *closure = NULL;
	const struct kmend_index_overlay overlay = { work->set->plain, work->paths };
	int code = kmend_walk_make(work->tree, work->jobs, work->progress, &walk, error);

	if (!code)
		code = kmend_index_make(work->tree, walk, &overlay, work->progress, &index, error);
	if (!code)
		code = kmend_closure_make(work->tree, index, &overlay, work->progress, &closure, error);
	if (code)
		return code;
	work->walk = walk;
	work->index = index;
	work->closure = closure;
	add_own(work);
	code = open_climbs(work, error);
	if (!code)
		tell_types(work);
	return code ? code : narrow(work, &work->reached->units, error);
}

/* Known from an earlier time: do to the set what finding it did. */
static int recall(const struct work *work, struct kmend_error *error)
{
	int code = 0;

	for (size_t i = 0; i < work->reached->own.count; i++)
		kmend_strv_add(&work->set->units, work->reached->own.items[i]);
	for (size_t i = 0; !code && i < work->reached->opened.count; i++)
		code = kmend_overlay_open(work->tree, work->set->overlay, work->reached->opened.items[i], error);
	return code;
}

int kmend_reach_units(const struct kmend_tree *tree, struct kmend_change_set *set, const struct kmend_strv *paths,
		      unsigned int jobs, struct kmend_progress *progress, struct kmend_strv *ret_units,
		      struct kmend_error *error)
{
	struct kmend_reached reached = { 0 };
	struct work work = { tree, set, paths, NULL, NULL, NULL, jobs, progress, &reached };
	_cleanup_free_ char *key = NULL;
	bool differ;
	int code = texts_differ(tree, set, paths, &differ, error);

	if (code || !differ)
		return code;
	key = kmend_reach_key(tree, set, paths);
	if (kmend_reach_load(tree, key, &reached)) {
		code = recall(&work, error);
	} else {
		code = find(&work, error);
		if (!code)
			kmend_reach_store(tree, key, &reached);
	}
	for (size_t i = 0; !code && i < reached.units.count; i++)
		kmend_strv_add(ret_units, reached.units.items[i]);
	for (size_t i = 0; !code && i < reached.nr_reasons; i++)
		kmend_reason_copy(&set->reasons, &set->nr_reasons, &reached.reasons[i]);
	kmend_reached_clear(&reached);
	return code;
}

int kmend_change_set_reach(const struct kmend_tree *tree, struct kmend_change_set *set, unsigned int jobs,
			   struct kmend_progress *progress, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv units = { 0 };
	int code;

	if (!set->shared.count || set->nr_reasons)
		return 0;
	code = kmend_reach_units(tree, set, &set->shared, jobs, progress, &units, error);
	if (code)
		return code;
	for (size_t i = 0; i < units.count; i++)
		if (!kmend_strv_has(&set->units, units.items[i]))
			kmend_strv_add(&set->units, units.items[i]);
	if (set->units.count || set->nr_reasons)
		return 0;
	kmend_fail(error, KMEND_STATUS_NO_CHANGE, -ENODATA, "the diff changes no code of kernel %s",
		   tree->kernel->release);
	kmend_advise(error, "No unit of this kernel uses what the diff changes: there is nothing to update.");
	return -ENODATA;
}
