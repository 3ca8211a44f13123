// SPDX-License-Identifier: GPL-2.0
#include "reach.h"

#include <errno.h>
#include <string.h>

#include "../base/child.h"
#include "../base/file.h"
#include "closure.h"
#include "live.h"
#include "overlay.h"

/* Preprocessed texts are some megabytes each: so many units are looked into at a time. */
#define BATCH 8

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
		      const char *dependencies, struct kmend_strv *words, struct kmend_error *error)
{
	_cleanup_unit_command_ struct kmend_unit_command *command = NULL;
	int code = kmend_walk_command(unit, &command, error);

	for (size_t i = 0; !code && i < command->compile.count; i++) {
		const char *word = command->compile.items[i];

		if (kmend_starts_with(word, "-Wp,-M") || !strcmp(word, "-c"))
			continue;
		if (!strcmp(word, "-o") && i + 1 < command->compile.count) {
			i++;
		} else if (overlay) {
			_cleanup_free_ char *other = kmend_overlay_word(work->tree, overlay, word);

			kmend_strv_add(words, other);
		} else {
			kmend_strv_add(words, word);
		}
	}
	kmend_strv_add(words, "-E");
	kmend_strv_add(words, "-P");
	kmend_strv_add(words, "-w");
	if (overlay) {
		kmend_strv_addf(words, "-fmacro-prefix-map=%s/=", overlay);
		kmend_strv_add(words, "-MD");
		kmend_strv_add(words, "-MF");
		kmend_strv_add(words, dependencies);
	}
	return code;
}

/* One unit of a batch. */
struct look {
	const struct kmend_walk_unit *unit;
	struct kmend_strv words[2];
	struct kmend_buffer output[2], errors[2];
	char *dependencies;
	bool is_reached;
};

static void look_free(struct look *look)
{
	for (int i = 0; i < 2; i++) {
		kmend_strv_free(&look->words[i]);
		kmend_buffer_free(&look->output[i]);
		kmend_buffer_free(&look->errors[i]);
	}
	if (look->dependencies)
		unlink(look->dependencies);
	free(look->dependencies);
	*look = (struct look){ 0 };
}

/* No text of before may have come in around the overlay. */
static int check_dependencies(const struct work *work, const struct look *look, struct kmend_error *error)
{
	_cleanup_free_ char *text = NULL, *leak = NULL;

	if (kmend_file_read(look->dependencies, 16 << 20, &text, NULL, NULL))
		return 0;
	leak = kmend_overlay_leak(work->tree, work->paths, text);
	if (!leak)
		return 0;
	return kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "%s finds %s around the amended source", look->unit->source,
			  leak);
}

/*
 * What can be said of a unit from its two texts. One that cannot be preprocessed before either (something generated is
 * missing) is reached, so that it is compiled by kbuild, which makes what it needs.
 */
static int judge(const struct work *work, struct look *look, const int statuses[2], struct kmend_error *error)
{
	int code = 0;

	if (!statuses[0] && !statuses[1]) {
		code = check_dependencies(work, look, error);
		look->is_reached = look->output[0].size && look->output[1].size ?
					   kmend_live_differs(look->output[0].data, look->output[0].size,
							      look->output[1].data, look->output[1].size) :
					   look->output[0].size != look->output[1].size;
	} else {
		look->is_reached = true;
	}
	return code;
}

static int look_into(const struct work *work, struct look *looks, size_t count, struct kmend_error *error)
{
	struct kmend_child children[2 * BATCH] = { 0 };
	int statuses[2 * BATCH], code = 0;

	for (size_t i = 0; !code && i < count; i++) {
		looks[i].dependencies = kmend_format("%s/reach-%zu.d", work->set->plain, i);
		for (int j = 0; !code && j < 2; j++) {
			code = make_words(work, looks[i].unit, j ? work->set->overlay : work->set->before ?
											work->set->before->overlay :
											NULL,
					  looks[i].dependencies, &looks[i].words[j], error);
			children[2 * i + j] = (struct kmend_child){ .argv = (const char *const *)looks[i].words[j].items,
								    .directory = work->tree->build,
								    .environment = environment,
								    .output = &looks[i].output[j],
								    .errors = &looks[i].errors[j] };
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

static void take(const struct work *work, const struct look *look, struct kmend_strv *ret_units)
{
	if (look->is_reached && look->unit->is_kernel)
		kmend_strv_add(ret_units, look->unit->source);
	else if (look->is_reached)
		kmend_reason_add(&work->set->reasons, &work->set->nr_reasons, "special-object", look->unit->source, 0,
				 NULL, "%s is reached by the change of a header", look->unit->source);
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
		kmend_reason_add(&work->set->reasons, &work->set->nr_reasons, "type-reached",
				 work->index->sources.files[type->file].path, 0, type->tag,
				 "struct %s (%s) is declared with something that the diff changes",
				 type->tag[0] ? type->tag : "(without name)",
				 work->index->sources.files[type->file].path);
	}
}

int kmend_reach_units(const struct kmend_tree *tree, struct kmend_change_set *set, const struct kmend_strv *paths,
		      unsigned int jobs, struct kmend_progress *progress, struct kmend_strv *ret_units,
		      struct kmend_error *error)
{
	_cleanup_walk_ struct kmend_walk *walk = NULL;
	_cleanup_index_ struct kmend_index *index = NULL;
	_cleanup_closure_ struct kmend_closure *closure = NULL;
	const struct kmend_index_overlay overlay = { set->plain, paths };
	struct work work = { tree, set, paths, NULL, NULL, NULL, jobs, progress };
	int code = kmend_walk_make(tree, jobs, progress, &walk, error);

	if (!code)
		code = kmend_index_make(tree, walk, &overlay, progress, &index, error);
	if (!code)
		code = kmend_closure_make(tree, index, &overlay, progress, &closure, error);
	if (code)
		return code;
	work.walk = walk;
	work.index = index;
	work.closure = closure;
	code = open_climbs(&work, error);
	if (!code)
		tell_types(&work);
	if (!code)
		code = narrow(&work, ret_units, error);
	return code;
}
