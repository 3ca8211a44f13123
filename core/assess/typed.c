// SPDX-License-Identifier: GPL-2.0
/* What only types tell. Units are compiled with types only if the diff can have changed any, or data need names. */
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "internal.h"
#include "layout.h"

#define SOURCE_LIMIT (32 << 20)

/*
 * Units whose types are looked at. A type that a header changes is seen in every unit whose code changed by it, so some
 * of them tell as much as all; but only all can tell that nothing but stacks holds one.
 */
#define UNITS_MAX 8
/* But if those tell of no object that lives, all are looked at, since a verdict hangs on that; of more it is not proved. */
#define UNITS_ALL_MAX 256

/* Does the diff touch something else than .c files? */
static bool touches_header(const struct kmend_change_set *set)
{
	char *const roots[] = { set->plain, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	bool found = !walk;

	for (FTSENT *entry; !found && (entry = fts_read(walk));)
		found = entry->fts_info == FTS_F && !kmend_ends_with(entry->fts_name, ".c");
	if (walk)
		fts_close(walk);
	return found;
}

static char *outside_of(const char *directory, const char *unit)
{
	_cleanup_free_ char *path = kmend_path(directory, unit), *text = NULL;

	return kmend_file_read(path, SOURCE_LIMIT, &text, NULL, NULL) ? NULL : source_outside(text);
}

/* Did anything but function bodies change in a unit's text? In doubt: yes. */
static bool declares_otherwise(const struct kmend_assess_input *input, const char *unit)
{
	const struct kmend_change_set *before = kmend_change_set_holder(input->changes->before, unit);
	_cleanup_free_ char *pre = outside_of(before ? before->plain : input->tree->source, unit);
	_cleanup_free_ char *post = outside_of(input->changes->plain, unit);

	if (!post) /* not touched: it is compiled since a header is, which is asked for already */
		return false;
	return !pre || strcmp(pre, post) || strstr(post, "unbalanced@");
}

static bool can_differ(const struct kmend_assess_input *input, const struct facts *own)
{
	if (touches_header(input->changes))
		return true;
	for (size_t i = 0; i < own->nr_reasons; i++)
		if (!strcmp(own->reasons[i].code, "data-changed") || !strcmp(own->reasons[i].code, "initial-value") ||
		    !strcmp(own->reasons[i].code, "data-size"))
			return true;
	for (size_t i = 0; i < input->changes->units.count; i++)
		if (declares_otherwise(input, input->changes->units.items[i]))
			return true;
	return false;
}

static bool has_changed(const struct kmend_delta *delta)
{
	for (size_t i = 0; i < delta->nr_items; i++)
		if (delta->items[i].change == KMEND_CHANGE_CHANGED || delta->items[i].change == KMEND_CHANGE_NEW)
			return true;
	return false;
}

/*
 * Also all that the compiler made of it (.isra, .constprop, .part). A function of which nothing is there on its own was
 * inlined everywhere; those that it is in are asked for then.
 */
static bool is_replaced(const char *function, void *context)
{
	const struct kmend_delta *delta = context;
	size_t size = strlen(function);

	for (size_t i = 0; i < delta->nr_items; i++) {
		const struct kmend_item *item = &delta->items[i];

		if (item->is_function && item->pre && item->change == KMEND_CHANGE_SAME &&
		    !strncmp(item->pre->name, function, size) &&
		    (!item->pre->name[size] || item->pre->name[size] == '.'))
			return false;
	}
	return true;
}

/* A file as the user knows it. */
static const char *known_path(const struct kmend_assess_input *input, const char *path)
{
	const char *const roots[] = { ".", input->tree ? input->tree->source : NULL,
				      input->changes ? input->changes->post : NULL,
				      input->changes ? input->changes->plain : NULL };

	for (size_t i = 0; path && i < KMEND_ARRAY_SIZE(roots); i++)
		if (roots[i] && kmend_starts_with(path, roots[i]) && path[strlen(roots[i])] == '/')
			return path + strlen(roots[i]) + 1;
	return path;
}

static struct kmend_reason *reason_about(struct facts *facts, const char *symbol)
{
	for (size_t i = 0; i < facts->nr_reasons; i++)
		if ((!strcmp(facts->reasons[i].code, "layout-changed") ||
		     !strcmp(facts->reasons[i].code, "layout-local")) &&
		    facts->reasons[i].symbol && !strcmp(facts->reasons[i].symbol, symbol))
			return &facts->reasons[i];
	return NULL;
}

static void tell_layout(const struct kmend_assess_input *input, const char *unit,
			const struct kmend_layout_change *change, bool saw_all, bool saw_changed, struct facts *facts)
{
	const char *space = strchr(change->name, ' '), *symbol = space ? space + 1 : change->name;
	const char *file = known_path(input, change->file), *live = change->live;
	struct kmend_reason *known = reason_about(facts, symbol);

	if (change->is_moved && input->changes && input->changes->nr_unseen)
		fact_add(facts, "layout-moved", file ? file : unit, symbol, change->line,
			 "%s: %s: %s. Up to %zu units may use it that the diff does not alter otherwise",
			 file ? file : unit, change->name, change->what, input->changes->nr_unseen);
	/*
	 * Who only knows sizes and offsets has them in code and constants, which are compared. Units that were not looked at are
	 * those that stay as they are: where all that they use of it is in its place, it matters to none of them.
	 */
	if (!live && !change->is_used && (saw_all || (saw_changed && !change->is_moved)))
		return;
	if (!live && !saw_all)
		live = "not all units that use it were looked at";
	if (known && (!live || !strcmp(known->code, "layout-changed")))
		return;
	if (known) {
		/* Another unit saw it on stacks only. */
		kmend_reason_clear(known);
		*known = facts->reasons[--facts->nr_reasons];
	}
	if (live)
		fact_add(facts, "layout-changed", file ? file : unit, symbol, change->line,
			 "%s: %s: %s. Objects of it may be live: %s (%s)", file ? file : unit, change->name,
			 change->what, live, unit);
	else
		fact_add(facts, "layout-local", file ? file : unit, symbol, change->line,
			 "%s: %s: %s. Only functions that are replaced use it, on their stacks", file ? file : unit,
			 change->name, change->what);
}

static bool is_told(const struct facts *facts, const char *code, const char *symbol)
{
	for (size_t i = 0; i < facts->nr_reasons; i++)
		if (!strcmp(facts->reasons[i].code, code) && facts->reasons[i].symbol &&
		    !strcmp(facts->reasons[i].symbol, symbol))
			return true;
	return false;
}

static void tell_values(const struct kmend_assess_input *input, const char *unit, const struct kmend_types *pre,
			const struct kmend_types *post, struct facts *facts)
{
	struct kmend_value_changes changes = { 0 };

	kmend_values_compare(pre, post, &changes);
	for (size_t i = 0; i < changes.count; i++) {
		const struct kmend_value_change *change = &changes.changes[i];
		const char *known = known_path(input, change->file), *file = known ? known : unit;

		if (is_told(facts, "values-moved", change->name))
			continue;
		if (change->holder)
			fact_add(facts, "values-moved", file, change->name, change->line,
				 "%s: %s. What is stored has the old number: %s (%s)", file, change->what,
				 change->holder, unit);
		else if (!is_told(facts, "values-moved-note", change->name))
			fact_add(facts, "values-moved-note", file, change->name, change->line, "%s: %s", file,
				 change->what);
	}
	kmend_value_changes_free(&changes);
}

static bool is_exported(const struct kmend_delta *delta, const char *name)
{
	_cleanup_free_ char *symbol = kmend_format("__ksymtab_%s", name);

	return kmend_object_symbol(delta->pre, symbol) != NULL;
}

/*
 * Whoever is compiled from the kernel's source was compiled against the new declaration, or the compiler would have
 * complained; what was not is modules of others, and code that declares the function for itself.
 */
static void judge_signatures(const struct kmend_delta *delta, const struct kmend_types *pre,
			     const struct kmend_types *post, bool header, struct facts *facts)
{
	for (size_t i = 0; i < post->nr_functions; i++) {
		const struct kmend_type_function *after = &post->functions[i];
		const struct kmend_type_function *before = kmend_types_function(pre, after->name);
		const struct kmend_object_symbol *symbol = kmend_object_symbol(delta->pre, after->name);
		_cleanup_free_ char *difference = NULL;

		if (!after->is_defined || !before || !symbol || !symbol->section || symbol->bind == STB_LOCAL)
			continue;
		difference = kmend_signature_difference(pre, before->type, post, after->type);
		if (!difference)
			continue;
		if (is_exported(delta, after->name))
			fact_add(facts, "export-changed", delta->unit, after->name, after->line,
				 "%s: %s() is exported, and %s", delta->unit, after->name, difference);
		else if (!header)
			fact_add(facts, "signature-changed", delta->unit, after->name, after->line,
				 "%s: %s() can be called from other files, and %s", delta->unit, after->name,
				 difference);
	}
}

static void tell_data(const struct kmend_delta *delta, const struct kmend_types *post, struct facts *own)
{
	for (size_t i = 0; i < own->nr_reasons; i++) {
		struct kmend_reason *reason = &own->reasons[i];
		const struct kmend_object_symbol *symbol;
		const struct kmend_item *item;

		if ((strcmp(reason->code, "data-changed") && strcmp(reason->code, "initial-value") &&
		     strcmp(reason->code, "data-size")) ||
		    !reason->symbol || !reason->unit || strcmp(reason->unit, delta->unit))
			continue;
		symbol = kmend_object_symbol(delta->post, reason->symbol);
		item = symbol ? kmend_delta_item(delta, KMEND_SIDE_POST, symbol) : NULL;
		if (item && !item->is_function && item->pre && item->post)
			members_tell(delta, item, post, reason);
	}
}

/* Types that have something in them which changed elsewhere: those that were compared are settled. */
static void settle_types(const struct kmend_types *pre, const struct kmend_types *post,
			 const struct kmend_assess_input *input, bool *settled)
{
	const struct kmend_strv *types = &input->changes->reached_types;
	_cleanup_strv_ struct kmend_strv roots = { 0 };

	kmend_strv_add(&roots, ".");
	kmend_strv_add(&roots, input->tree->source);
	kmend_strv_add(&roots, input->tree->build);
	for (const struct kmend_change_set *set = input->changes; set; set = set->before)
		for (size_t i = 0; i < 3; i++) {
			const char *root = i == 0 ? set->post : i == 1 ? set->plain : set->overlay;

			if (root)
				kmend_strv_add(&roots, root);
		}
	for (size_t i = 0; i < types->count; i++) {
		const char *tag = strrchr(types->items[i], ' ') + 1;
		_cleanup_free_ char *file = kmend_strndup(types->items[i], tag - 1 - types->items[i]);

		settled[i] |= *tag && kmend_types_declares(pre, tag, file, &roots) &&
			      kmend_types_declares(post, tag, file, &roots);
	}
}

static void tell_unsettled(const struct kmend_strv *types, const bool *settled, struct facts *facts)
{
	for (size_t i = 0; i < types->count; i++) {
		const char *tag = strrchr(types->items[i], ' ') + 1;
		_cleanup_free_ char *file = kmend_strndup(types->items[i], tag - 1 - types->items[i]);

		if (!settled[i])
			fact_add(facts, "type-reached", file, tag, 0,
				 "struct %s (%s) is declared with something that the diff changes",
				 *tag ? tag : "(without name)", file);
	}
}

/* What was found in one unit; told when it is known whether all were looked at. */
struct seen {
	const char *unit;
	struct kmend_layout_changes changes;
};

struct sight {
	struct seen *seen;
	size_t count;
};

static void sight_free(struct sight *sight)
{
	for (size_t i = 0; i < sight->count; i++)
		kmend_layout_changes_free(&sight->seen[i].changes);
	free(sight->seen);
}

/* Would a type be told as one that only lies on stacks, or nowhere? */
static bool is_open(const struct sight *sight)
{
	for (size_t i = 0; i < sight->count; i++)
		for (size_t j = 0; j < sight->seen[i].changes.count; j++) {
			const struct kmend_layout_change *change = &sight->seen[i].changes.changes[j];
			bool is_live = false;

			for (size_t k = 0; k < sight->count && !is_live; k++)
				for (size_t l = 0; l < sight->seen[k].changes.count && !is_live; l++)
					is_live = sight->seen[k].changes.changes[l].live &&
						  !strcmp(sight->seen[k].changes.changes[l].name, change->name);
			if (!is_live)
				return true;
		}
	return false;
}

static void tell_layouts(const struct kmend_assess_input *input, const struct sight *sight, bool saw_all,
			 bool saw_changed, struct facts *facts)
{
	for (size_t i = 0; i < sight->count; i++)
		for (size_t j = 0; j < sight->seen[i].changes.count; j++)
			tell_layout(input, sight->seen[i].unit, &sight->seen[i].changes.changes[j], saw_all,
				    saw_changed, facts);
}

static void judge_unit(const struct kmend_assess_input *input, const struct kmend_delta *delta,
		       const struct kmend_unit_objects *objects, bool header, struct facts *own, bool *settled,
		       struct sight *sight, struct facts *facts)
{
	_cleanup_types_ struct kmend_types *pre = NULL, *post = NULL;
	struct kmend_error error = { 0 };
	struct seen *seen;

	if (kmend_types_read(objects->pre, &pre, &error) || kmend_types_read(objects->post, &post, &error)) {
		fact_add(facts, "types-unknown", delta->unit, NULL, 0, "%s: its types could not be compared: %s",
			 delta->unit, error.message);
		return;
	}
	seen = kmend_array_add(sight->seen, sight->count);
	seen->unit = delta->unit;
	kmend_layout_compare(pre, post, is_replaced, (void *)delta, &seen->changes);
	tell_values(input, delta->unit, pre, post, facts);
	if (input->changes)
		settle_types(pre, post, input, settled);
	judge_signatures(delta, pre, post, header, facts);
	tell_data(delta, post, own);
}

/* Compile these units with types, and look at what they tell. */
static int judge_units(const struct kmend_assess_input *input, const struct kmend_delta *const *deltas, size_t count,
		       struct facts *own, bool *settled, struct sight *sight, struct facts *facts,
		       struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv units = { 0 };
	struct kmend_unit_objects *objects = NULL;
	bool header = touches_header(input->changes);
	int code;

	if (!count)
		return 0;
	for (size_t i = 0; i < count; i++)
		kmend_strv_add(&units, deltas[i]->unit);
	kmend_step_update(input->progress, "comparing types", 0, 0);
	code = kmend_units_compile_types(input->tree, input->changes, &units, input->cache, input->jobs,
					 input->progress, &objects, error);
	for (size_t i = 0; !code && i < count; i++)
		judge_unit(input, deltas[i], &objects[i], header, own, settled, sight, facts);
	kmend_unit_objects_free(objects, count);
	return code;
}

size_t typed_order(const struct kmend_assess_input *input, const struct kmend_delta **ret_deltas, size_t *ret_count)
{
	size_t count = 0, first;

	for (size_t i = 0; i < input->nr_deltas; i++)
		if (kmend_strv_has(&input->changes->probes, input->deltas[i]->unit))
			ret_deltas[count++] = input->deltas[i];
	/* Those are here for nothing else, so all of them are asked. */
	first = count < UNITS_MAX ? UNITS_MAX : count;
	for (size_t i = 0; i < input->nr_deltas; i++)
		if (has_changed(input->deltas[i]) && !kmend_strv_has(&input->changes->probes, input->deltas[i]->unit))
			ret_deltas[count++] = input->deltas[i];
	*ret_count = count;
	return count < first ? count : first;
}

int typed_judge(const struct kmend_assess_input *input, struct facts *own, struct facts *facts,
		struct kmend_error *error)
{
	_cleanup_free_ const struct kmend_delta **deltas = kmend_calloc(input->nr_deltas + 1, sizeof(*deltas));
	__attribute__((cleanup(sight_free))) struct sight sight = { 0 };
	_cleanup_free_ bool *settled = NULL;
	size_t count, first;
	bool saw_changed;
	int code;

	for (size_t i = 0; input->typed && i < input->nr_deltas; i++)
		judge_unit(input, input->deltas[i], &input->typed[i], false, own, NULL, &sight, facts);
	tell_layouts(input, &sight, true, true, facts);
	if (!input->tree || input->typed || !can_differ(input, own))
		return 0;
	first = typed_order(input, deltas, &count);
	settled = kmend_calloc(input->changes->reached_types.count + 1, sizeof(*settled));
	code = judge_units(input, deltas, first, own, settled, &sight, facts, error);
	if (code)
		return code;
	if (first < count && count <= UNITS_ALL_MAX && is_open(&sight)) {
		code = judge_units(input, deltas + first, count - first, own, settled, &sight, facts, error);
		first = count;
	}
	if (code)
		return code;
	saw_changed = first == count;
	tell_layouts(input, &sight, saw_changed && !input->changes->nr_unseen, saw_changed, facts);
	tell_unsettled(&input->changes->reached_types, settled, facts);
	return 0;
}
