// SPDX-License-Identifier: GPL-2.0
/*
 * A definition that another unit's weak one gives way to. The kernel that runs was linked with one of them; a diff that
 * brings the other, or takes one away, changes what all callers call, and none of those is compiled anew. A diff that changes
 * a weak one that has given way changes nothing: no code of it is there.
 */
#include <string.h>

#include "../kernel/change.h"
#include "../kernel/provider.h"
#include "internal.h"

/* How a unit defines a name: STB_…, or -1: not at all, or for itself only. */
static int binding_of(const struct kmend_object *object, const char *name)
{
	const struct kmend_object_symbol *symbol = kmend_object_symbol(object, name);

	return symbol && symbol->section && symbol->bind != STB_LOCAL ? symbol->bind : -1;
}

static bool is_code_or_data(const struct kmend_object_symbol *symbol)
{
	return symbol->section && symbol->bind != STB_LOCAL && *symbol->name &&
	       (symbol->type == STT_FUNC || symbol->type == STT_OBJECT);
}

static int judge_name(const struct kmend_assess_input *input, const struct kmend_delta *delta, const char *name,
		      bool is_added, struct facts *facts, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv files = { 0 };
	int code = kmend_tree_weak(input->tree, name, &files, error);

	for (size_t i = 0; !code && i < files.count; i++) {
		if (!strcmp(files.items[i], delta->unit))
			continue;
		fact_add(facts, "weak-override", delta->unit, name, 0, "%s: %s() is %s, and %s declares it weak",
			 delta->unit, name, is_added ? "new" : "gone", files.items[i]);
		break;
	}
	return code;
}

/* Names that one side defines strongly and the other does not. */
static int judge_side(const struct kmend_assess_input *input, const struct kmend_delta *delta, bool is_added,
		      struct facts *facts, struct kmend_error *error)
{
	const struct kmend_object *here = is_added ? delta->post : delta->pre;
	const struct kmend_object *there = is_added ? delta->pre : delta->post;
	int code = 0;

	for (size_t i = 0; !code && i < here->nr_symbols; i++) {
		const struct kmend_object_symbol *symbol = &here->symbols[i];

		if (is_code_or_data(symbol) && symbol->bind != STB_WEAK &&
		    binding_of(there, symbol->name) != symbol->bind)
			code = judge_name(input, delta, symbol->name, is_added, facts, error);
	}
	return code;
}

/* Which unit of the kernel image has the definition in force? *ret_where: NULL: none but the weak one, or it is not known. */
static int find_override(const struct kmend_assess_input *input, const struct kmend_delta *delta, const char *name,
			 char **ret_where, struct kmend_error *error)
{
	struct kmend_provider provider = { .name = name, .target = "vmlinux", .unit = delta->unit, .is_strong = true };
	int code;

	kmend_step_update(input->progress, name, 0, 0);
	code = kmend_provider_find(input->tree, input->cache, input->jobs, input->progress, &provider, error);
	if (code)
		return code;
	*ret_where = provider.where;
	return 0;
}

/* Changed functions that are not in the running kernel are no part of the update. */
static int judge_changed(const struct kmend_assess_input *input, struct kmend_delta *delta, struct facts *facts,
			 struct kmend_error *error)
{
	int code = 0;

	for (size_t i = 0; !code && i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i];
		_cleanup_free_ char *where = NULL;

		if (!item->is_function || item->change != KMEND_CHANGE_CHANGED || item->pre->bind != STB_WEAK ||
		    item->post->bind != STB_WEAK || kmend_delta_is_of_module(delta))
			continue;
		code = find_override(input, delta, item->name, &where, error);
		if (code || !where)
			continue;
		item->change = KMEND_CHANGE_SAME;
		fact_add(facts, "weak-overridden", delta->unit, item->name, 0,
			 "%s: %s() is weak, and the running kernel has that of %s instead", delta->unit, item->name,
			 where);
	}
	return code;
}

/* Where nothing else changes there is no update. */
static void judge_rest(const struct kmend_assess_input *input, struct facts *facts, size_t first)
{
	for (size_t i = 0; i < input->nr_deltas; i++)
		if (kmend_delta_is_changed(input->deltas[i]))
			return;
	for (size_t i = first; i < facts->nr_reasons; i++)
		facts->reasons[i].code = "not-linked";
}

int weak_judge(const struct kmend_assess_input *input, struct facts *facts, struct kmend_error *error)
{
	size_t first;
	int code = 0;

	for (size_t i = 0; !code && input->tree && i < input->nr_deltas; i++) {
		code = judge_side(input, input->deltas[i], true, facts, error);
		if (!code)
			code = judge_side(input, input->deltas[i], false, facts, error);
	}
	first = facts->nr_reasons;
	for (size_t i = 0; !code && input->tree && i < input->nr_deltas; i++)
		code = judge_changed(input, input->deltas[i], facts, error);
	if (!code && facts->nr_reasons > first)
		judge_rest(input, facts, first);
	return code;
}
