// SPDX-License-Identifier: GPL-2.0
#include "reach.h"

#include <errno.h>
#include <string.h>

#include "../base/file.h"
#include "../kernel/buildsystem.h"
#include "../kernel/overlay.h"
#include "closure.h"
#include "generated.h"
#include "look.h"
#include "reach_cache.h"
#include "same.h"
#include "trial.h"

#define TEXT_LIMIT (256 << 20)
/* A structure that changes is compiled wherever it is seen, if that is in no more units than these. */
#define TYPES_UNITS_MAX 48
/* So many units that are reached are tried all before any is compiled. */
#define TRIED_IF_MANY 8
/* For so many types at most units are looked into that nothing else asks for. */
#define TYPES_ASKED_MAX 32
/* What one unit takes on a usual machine, until the first ones have been looked into. */
#define LOOK_SECONDS 0.6
/* An update of more units is none that anybody would apply, and each costs seconds. */
#define UNITS_MAX 1000

struct work {
	const struct kmend_tree *tree;
	struct kmend_change_set *set;
	const struct kmend_strv *paths;
	const struct kmend_walk *walk;
	struct kmend_index *index;
	const struct kmend_closure *closure;
	unsigned int jobs;
	struct kmend_progress *progress;
	struct kmend_reached *reached;	      /* what is found */
	struct kmend_look_types types;	      /* of reached->types, those that did not change */
	bool *may_include;		      /* per file of the index: the changed ones can come into it */
	struct kmend_strv seers;	      /* units that see a structure which changed, and nothing else that did */
	size_t nr_blind;		      /* units that may do so, and were not looked into */
	const struct kmend_walk_unit **fixed; /* units that cannot be updated: they must stay the same */
	size_t nr_fixed;
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

		if (file != SIZE_MAX)
			changed[file] = true;
	}
	return includers_of(work->index, changed);
}

/*
 * Units that can include the change, and mention it or include what acts by being included. If it is mentioned everywhere,
 * all that can include it; and also if it is in a structure, which need not be mentioned, and that is few.
 */
static void find_candidates(struct work *work, const struct kmend_walk_unit ***ret_candidates, size_t *ret_count)
{
	_cleanup_free_ bool *acting = includers_of(work->index, work->closure->is_acting);
	bool all = work->closure->is_too_wide;

	if (!all && work->closure->nr_types) {
		size_t nr_including = 0;

		for (size_t i = 0; i < work->walk->count; i++) {
			size_t file = kmend_sources_find(&work->index->sources, work->walk->units[i].source);

			nr_including += file == SIZE_MAX || work->may_include[file];
		}
		all = nr_including <= 4 * TYPES_UNITS_MAX;
	}
	for (size_t i = 0; i < work->walk->count; i++) {
		const struct kmend_walk_unit *unit = &work->walk->units[i];
		size_t file = kmend_sources_find(&work->index->sources, unit->source);

		if (kmend_strv_has(&work->set->units, unit->source) ||
		    kmend_strv_has(&work->reached->own, unit->source) ||
		    (kmend_strv_has(&work->set->shared, unit->source) && kmend_ends_with(unit->source, ".S")) ||
		    (file != SIZE_MAX && !work->may_include[file]))
			continue;
		/* A unit that includes what is not there yet, or is not there itself, has not been read as a whole. */
		if (all || file == SIZE_MAX || work->closure->mentions[file] || acting[file] ||
		    work->index->files[file].is_missing)
			*kmend_array_add(*ret_candidates, *ret_count) = unit;
		else
			work->nr_blind++;
	}
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

static void take(struct work *work, const struct kmend_look *look, struct kmend_strv *ret_units)
{
	const struct kmend_walk_unit *unit = look->unit;

	if (look->result == KMEND_LOOK_SAME)
		return;
	/* Of one that is compared as a whole nothing is left out. */
	if (look->result == KMEND_LOOK_TYPES && unit->is_kernel && has_own_name(unit)) {
		kmend_strv_add(&work->seers, unit->source);
		return;
	}
	if (!unit->is_kernel || !has_own_name(unit) || kmend_ends_with(unit->source, ".S"))
		*kmend_array_add(work->fixed, work->nr_fixed) = unit;
	else
		kmend_strv_add(ret_units, unit->source);
}

/*
 * Units that see a structure which changed are compiled all, or if they are too many one, for its types: what is left out
 * then is told to who compares types, so that nothing is left out whose code the layout changes.
 */
static void take_seers(struct work *work, struct kmend_strv *ret_units)
{
	size_t all = work->seers.count + work->nr_blind;
	bool types = work->seers.count || work->closure->nr_types;

	if (work->seers.count <= TYPES_UNITS_MAX && (!work->nr_blind || !types)) {
		for (size_t i = 0; i < work->seers.count; i++)
			kmend_strv_add(ret_units, work->seers.items[i]);
		return;
	}
	work->reached->nr_unseen = all;
	if (!work->seers.count)
		return;
	kmend_strv_add(ret_units, work->seers.items[0]);
	kmend_strv_add(&work->reached->probes, work->seers.items[0]);
}

static int look(struct work *work, const struct kmend_walk_unit *const *candidates, size_t count,
		struct kmend_strv *ret_units, struct kmend_error *error)
{
	_cleanup_free_ char *text = kmend_format("looking into %zu units that may be reached", count);
	int code = 0;

	for (size_t i = 0; !code && i < count; i += KMEND_LOOK_BATCH) {
		struct kmend_look looks[KMEND_LOOK_BATCH] = { 0 };
		size_t size = count - i < KMEND_LOOK_BATCH ? count - i : KMEND_LOOK_BATCH;
		kmend_step_count(work->progress, text, i, count, count * LOOK_SECONDS / (work->jobs ? work->jobs : 1));
		for (size_t j = 0; j < size; j++)
			looks[j].unit = candidates[i + j];
		code = kmend_look_into(work->tree, work->set, work->paths, looks, size, &work->types, work->jobs,
				       error);
		for (size_t j = 0; !code && j < size; j++)
			take(work, &looks[j], ret_units);
		if (ret_units->count > UNITS_MAX) {
			add_reason(
				work, "too-many-units", work->paths->items[0], NULL,
				kmend_format(
					"%s: the change of headers reaches more than %d units (%zu of %zu looked into)",
					work->paths->items[0], UNITS_MAX, i + size, count));
			break;
		}
	}
	return code;
}

/* Structures may have changed that no unit looked into sees: one that does is wanted, for its types. */
static int find_probe(struct work *work, struct kmend_strv *ret_units, struct kmend_error *error)
{
	const struct kmend_walk_unit **others = NULL;
	size_t count = 0, had = ret_units->count;
	int code;

	if (!work->closure->nr_types || work->seers.count || !work->nr_blind || had)
		return 0;
	for (size_t i = 0; i < work->walk->count && count < KMEND_LOOK_BATCH; i++) {
		const struct kmend_walk_unit *unit = &work->walk->units[i];
		size_t file = kmend_sources_find(&work->index->sources, unit->source);

		if (unit->is_kernel && file != SIZE_MAX && work->may_include[file] &&
		    !kmend_ends_with(unit->source, ".S"))
			*kmend_array_add(others, count) = unit;
	}
	code = look(work, others, count, ret_units, error);
	free(others);
	return code;
}

/*
 * Units that may see both a file and the change; some of them, which can be asked, in *ret_units; if all are compiled anyway,
 * one of these in *ret_known. Returns how many there are.
 */
static size_t find_seeing(const struct work *work, size_t file, const struct kmend_strv *known,
			  const struct kmend_walk_unit ***ret_units, size_t *ret_count,
			  const struct kmend_walk_unit **ret_known)
{
	_cleanup_free_ bool *marked = kmend_calloc(work->index->sources.count + 1, sizeof(*marked)), *sees = NULL;
	size_t nr_seeing = 0;

	marked[file] = true;
	sees = includers_of(work->index, marked);
	for (size_t i = 0; i < work->walk->count; i++) {
		const struct kmend_walk_unit *unit = &work->walk->units[i];
		size_t own = kmend_sources_find(&work->index->sources, unit->source);

		if (own == SIZE_MAX || !sees[own] || !work->may_include[own])
			continue;
		nr_seeing++;
		if (!unit->is_kernel || kmend_ends_with(unit->source, ".S"))
			continue;
		if (kmend_strv_has(known, unit->source) || kmend_strv_has(&work->set->units, unit->source) ||
		    kmend_strv_has(&work->reached->own, unit->source))
			*ret_known = *ret_known ? *ret_known : unit;
		else if (*ret_count < KMEND_LOOK_BATCH)
			*kmend_array_add(*ret_units, *ret_count) = unit;
	}
	return nr_seeing;
}

/* The first that is the kernel's own code is compiled for its types. */
static void add_probe(struct work *work, const struct kmend_walk_unit *const *units, size_t count,
		      struct kmend_strv *ret_units)
{
	for (size_t i = 0; i < count; i++) {
		if (!has_own_name(units[i]))
			continue;
		if (!kmend_strv_has(ret_units, units[i]->source))
			kmend_strv_add(ret_units, units[i]->source);
		if (!kmend_strv_has(&work->reached->probes, units[i]->source))
			kmend_strv_add(&work->reached->probes, units[i]->source);
		return;
	}
}

/*
 * Types of which no unit told so far: others that may see one along with the change are looked into, and if their text does not
 * tell, one is compiled to compare types by. One that nobody can see so is what it was. (Units that were not read as a whole have
 * been looked into before.)
 */
static int ask_others(struct work *work, struct kmend_strv *ret_units, struct kmend_error *error)
{
	const struct kmend_strv *types = &work->reached->types;
	int code = 0;

	for (size_t i = 0, asked = 0; !code && i < types->count && asked < TYPES_ASKED_MAX; i++) {
		const char *end = strrchr(types->items[i], ' ');
		_cleanup_free_ char *path = kmend_strndup(types->items[i], end - types->items[i]);
		size_t file = kmend_sources_find(&work->index->sources, path), count = 0;
		const struct kmend_walk_unit **units = NULL, *known = NULL;

		if (work->types.are_same[i] || file == SIZE_MAX)
			continue;
		asked++;
		if (!find_seeing(work, file, ret_units, &units, &count, &known))
			work->types.are_same[i] = true;
		else if (count)
			code = look(work, units, count, ret_units, error);
		if (!code && !work->types.are_same[i])
			add_probe(work, count ? units : &known, count ? count : known != NULL, ret_units);
		free(units);
	}
	return code;
}

/* Types that a unit shows to be the same need not be compared. */
static void drop_settled(struct work *work)
{
	struct kmend_strv kept = { 0 };

	for (size_t i = 0; i < work->reached->types.count; i++)
		if (!work->types.are_same[i])
			kmend_strv_add(&kept, work->reached->types.items[i]);
	kmend_strv_free(&work->reached->types);
	work->reached->types = kept;
}

/*
 * Structures that are not changed themselves, but by something in them: no unit need mention what changed them. If all units
 * that can see one are looked into, each shows by itself whether it changed.
 */
static void note_types(const struct work *work)
{
	for (size_t i = 0; work->nr_blind && i < work->closure->nr_types; i++) {
		const struct kmend_closure_type *type = &work->closure->types[i];

		if (!type->is_direct)
			kmend_strv_addf(&work->reached->types, "%s %s", work->index->sources.files[type->file].path,
					type->tag);
	}
}

/* Add those of some sources that can be tried. */
static void add_tried(const struct work *work, const struct kmend_strv *sources, const struct kmend_walk_unit ***units,
		      size_t *count)
{
	for (size_t i = 0; i < sources->count; i++) {
		const struct kmend_walk_unit *unit = kmend_walk_find(work->walk, sources->items[i]);

		if (unit && has_own_name(unit) && !unit->is_generated)
			*kmend_array_add(*units, *count) = unit;
	}
}

/* Compiling many units three ways takes long: each is tried before, which costs a tenth of that. */
static int try_reached(const struct work *work, struct kmend_error *error)
{
	const struct kmend_walk_unit **units = NULL;
	size_t count = 0;
	int code;

	if (work->reached->units.count < TRIED_IF_MANY || work->reached->nr_reasons)
		return 0;
	add_tried(work, &work->reached->units, &units, &count);
	code = kmend_trial_compile(work->tree, work->set, units, count, work->jobs, work->progress, error);
	free(units);
	return code;
}

/*
 * Units that use the change, to be tried at once: a new array, with those in front that are to be. The index must still have
 * its names.
 */
static const struct kmend_walk_unit **
draw_tried(const struct work *work, const struct kmend_walk_unit *const *candidates, size_t count, size_t *ret_count)
{
	const struct kmend_walk_unit **units = NULL;
	size_t nr_units = 0;

	for (size_t i = 0; i < count; i++)
		if (candidates[i]->is_kernel && has_own_name(candidates[i]) && !candidates[i]->is_generated &&
		    !kmend_ends_with(candidates[i]->source, ".S"))
			*kmend_array_add(units, nr_units) = candidates[i];
	*ret_count = kmend_trial_draw(work->closure, units, nr_units);
	return units;
}

/* A diff that does not compile is told so now, by its own units and some of the others, not when all have been looked into. */
static int try_some(const struct work *work, const struct kmend_walk_unit *const *users, size_t count,
		    struct kmend_error *error)
{
	const struct kmend_walk_unit **units = NULL;
	size_t nr_units = 0;
	int code;

	add_tried(work, &work->set->units, &units, &nr_units);
	for (size_t i = 0; i < count; i++)
		*kmend_array_add(units, nr_units) = users[i];
	code = kmend_trial_compile(work->tree, work->set, units, nr_units, work->jobs, work->progress, error);
	free(units);
	return code;
}

static int narrow(struct work *work, struct kmend_strv *ret_units, struct kmend_error *error)
{
	const struct kmend_walk_unit **candidates = NULL, **users;
	size_t count = 0, nr_users;
	int code;

	find_candidates(work, &candidates, &count);
	note_types(work);
	users = draw_tried(work, candidates, count, &nr_users);
	kmend_index_forget_names(work->index);
	work->types.types = &work->reached->types;
	work->types.are_same = kmend_calloc(work->reached->types.count + 1, sizeof(bool));
	code = try_some(work, users, nr_users, error);
	free(users);
	if (!code)
		code = look(work, candidates, count, ret_units, error);
	free(candidates);
	if (!code)
		code = ask_others(work, ret_units, error);
	if (!code)
		code = find_probe(work, ret_units, error);
	if (!code)
		take_seers(work, ret_units);
	if (!code)
		drop_settled(work);
	free(work->types.are_same);
	kmend_strv_free(&work->seers);
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

/* A source that others include may be a unit itself too. */
static void add_own(struct work *work)
{
	for (size_t i = 0; i < work->set->shared.count; i++) {
		const struct kmend_walk_unit *unit = kmend_walk_find(work->walk, work->set->shared.items[i]);

		if (unit && kmend_ends_with(unit->source, ".S"))
			*kmend_array_add(work->fixed, work->nr_fixed) = unit;
		else if (unit && unit->is_kernel && !kmend_strv_has(&work->set->units, unit->source) &&
			 !kmend_strv_has(&work->reached->own, unit->source))
			kmend_strv_add(&work->reached->own, unit->source);
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

		*ret_differ = !kmend_file_exists(old_path) || kmend_ends_with(new_path, ".S");
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
	struct kmend_reached *reached = work->reached;
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
	work->may_include = includers_of_changed(work);
	add_own(work);
	code = open_climbs(work, error);
	if (!code)
		code = narrow(work, &reached->units, error);
	if (!code)
		code = try_reached(work, error);
	if (!code)
		code = kmend_same_judge(work->tree, work->set, work->fixed, work->nr_fixed, work->paths, work->jobs,
					work->progress, &reached->reasons, &reached->nr_reasons, &work->set->made_late,
					error);
	free(work->may_include);
	free(work->fixed);
	return code;
}

static void move(const struct kmend_strv *from, struct kmend_strv *to)
{
	for (size_t i = 0; i < from->count; i++)
		if (!kmend_strv_has(to, from->items[i]))
			kmend_strv_add(to, from->items[i]);
}

int kmend_reach_units(const struct kmend_tree *tree, struct kmend_change_set *set, const struct kmend_strv *paths,
		      unsigned int jobs, struct kmend_progress *progress, struct kmend_error *error)
{
	struct kmend_reached reached = { 0 };
	struct work work = {
		.tree = tree, .set = set, .paths = paths, .jobs = jobs, .progress = progress, .reached = &reached
	};
	_cleanup_free_ char *key = NULL;
	bool differ;
	int code = texts_differ(tree, set, paths, &differ, error);

	if (code || !differ)
		return code;
	key = kmend_reach_key(tree, set, paths);
	if (kmend_reach_load(tree, key, &reached)) {
		for (size_t i = 0; !code && i < reached.opened.count; i++)
			code = kmend_overlay_open(tree, set->overlay, reached.opened.items[i], error);
	} else {
		code = find(&work, error);
		if (!code)
			kmend_reach_store(tree, key, &reached);
	}
	move(&reached.own, &set->units);
	move(&reached.units, &set->units);
	/* The index knows the kernel's own texts. What the bases made of these may use what they did not. */
	for (const struct kmend_change_set *base = set->before; base; base = base->before)
		move(&base->units, &set->units);
	move(&reached.probes, &set->probes);
	move(&reached.types, &set->reached_types);
	move(&reached.opened, &set->opened);
	set->nr_unseen += reached.nr_unseen;
	for (size_t i = 0; !code && i < reached.nr_reasons; i++)
		kmend_reason_copy(&set->reasons, &set->nr_reasons, &reached.reasons[i]);
	kmend_reached_clear(&reached);
	return code;
}

int kmend_change_set_reach(const struct kmend_tree *tree, struct kmend_change_set *set, unsigned int jobs,
			   struct kmend_progress *progress, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv included = { 0 };
	size_t nr_reasons;
	int code;

	if (!set->shared.count || set->nr_reasons)
		return 0;
	code = kmend_buildsystem_judge(tree, set, progress, error);
	nr_reasons = set->nr_reasons;
	if (!code && set->build_system.count < set->shared.count)
		code = kmend_generated_judge(tree, set, jobs, false, progress, error);
	/* Such a constant reaches everything: nobody needs to know what else. */
	if (code || set->nr_reasons > nr_reasons)
		return code;
	for (size_t i = 0; i < set->shared.count; i++)
		if (!kmend_strv_has(&set->generators, set->shared.items[i]) &&
		    !kmend_strv_has(&set->build_system, set->shared.items[i]))
			kmend_strv_add(&included, set->shared.items[i]);
	if (included.count)
		code = kmend_reach_units(tree, set, &included, jobs, progress, error);
	if (!code && set->made_late)
		code = kmend_generated_judge(tree, set, jobs, true, progress, error);
	if (code)
		return code;
	if (set->units.count || set->nr_reasons)
		return 0;
	kmend_fail(error, KMEND_STATUS_NO_CHANGE, -ENODATA, "the diff changes no code of kernel %s",
		   tree->kernel->release);
	kmend_advise(error, "No unit of this kernel uses what the diff changes: there is nothing to update.");
	return -ENODATA;
}
