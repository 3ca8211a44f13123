// SPDX-License-Identifier: GPL-2.0
/*
 * Code and data that are over: they lie in sections that the kernel frees when boot, or a module's loading, is done.
 * A change that touches nothing else has no effect now. In one that touches more, what the new code relies on must not
 * be set up by code that will not run.
 */
#include <elf.h>
#include <string.h>

#include "internal.h"

/* How often each item is referred to. */
struct counts {
	const struct kmend_delta *delta;
	size_t *of;
};

static int count_reference(const struct kmend_referent *referent, const struct kmend_relocation_entry *relocation,
			   void *context)
{
	struct counts *counts = context;

	(void)relocation;
	if (referent->kind == KMEND_REFERENT_ITEM && referent->item)
		counts->of[referent->item - counts->delta->items]++;
	return 0;
}

static int count_references(const struct kmend_delta *delta, enum kmend_side side, const struct kmend_item *item,
			    size_t *of, struct kmend_error *error)
{
	struct counts counts = { delta, of };

	return references_visit(delta, side, item, count_reference, &counts, error);
}

static bool is_live_change(const struct kmend_delta *delta, const struct kmend_item *item)
{
	return (item->change == KMEND_CHANGE_CHANGED || item->change == KMEND_CHANGE_NEW) &&
	       !kmend_item_is_over(delta, item);
}

/* What changed or new code that is not over refers to. */
static int count_live(const struct kmend_delta *delta, size_t *of, struct kmend_error *error)
{
	for (size_t i = 0; i < delta->nr_items; i++) {
		const struct kmend_item *item = &delta->items[i];
		int r = is_live_change(delta, item) && item->is_function
				? count_references(delta, KMEND_SIDE_POST, item, of, error)
				: 0;

		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_writable(const struct kmend_delta *delta, const struct kmend_item *item)
{
	return !item->is_function && item->post && (item->post->section->flags & SHF_WRITE) &&
	       !kmend_item_is_over(delta, item);
}

/* One function that is over, in a change of which other parts have an effect. */
static int judge_mixed(const struct kmend_delta *delta, const struct kmend_item *item, const size_t *live,
		       struct facts *facts, struct kmend_error *error)
{
	_cleanup_free_ size_t *pre = kmend_calloc(delta->nr_items, sizeof(*pre));
	_cleanup_free_ size_t *post = kmend_calloc(delta->nr_items, sizeof(*post));
	int r = count_references(delta, KMEND_SIDE_POST, item, post, error);

	if (!r)
		r = count_references(delta, KMEND_SIDE_PRE, item, pre, error);
	for (size_t i = 0; !r && i < delta->nr_items; i++) {
		const struct kmend_item *to = &delta->items[i];

		if (!live[i] || post[i] <= pre[i] || !is_writable(delta, to))
			continue;
		fact_add(facts, "init-sets-up", delta->unit, item->name, 0,
			 "%s: %s() ran before the update, so it did not set up %s%s, which the new code refers to",
			 delta->unit, item->name, to->name, to->change == KMEND_CHANGE_NEW ? " (new)" : "");
	}
	return r;
}

static bool has_live_change(const struct kmend_assess_input *input)
{
	for (size_t i = 0; i < input->nr_deltas; i++) {
		const struct kmend_delta *delta = input->deltas[i];

		for (size_t j = 0; j < delta->nr_items; j++) {
			const struct kmend_item *item = &delta->items[j];

			if (item->change == KMEND_CHANGE_CHANGED && !kmend_item_is_over(delta, item))
				return true;
		}
		if (delta->nr_hooks)
			return true;
	}
	return false;
}

/* The section that is over, of an item which is. */
static const struct kmend_section *section_over(const struct kmend_delta *delta, const struct kmend_item *item)
{
	return item->pre && kmend_section_is_over(delta, item->pre->section) ? item->pre->section : item->post->section;
}

static int judge_delta(struct kmend_delta *delta, bool has_effect, struct facts *facts, struct kmend_error *error)
{
	_cleanup_free_ size_t *live = kmend_calloc(delta->nr_items, sizeof(*live));
	int r = count_live(delta, live, error);

	for (size_t i = 0; !r && i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i];

		if (!kmend_item_is_over(delta, item) || item->change == KMEND_CHANGE_SAME ||
		    item->change == KMEND_CHANGE_REMOVED)
			continue;
		if (!has_effect && !item->parent)
			fact_add(
				facts, "no-effect", delta->unit, item->name, 0,
				"%s: %s%s lies in %s, which is over since boot (or since its module was loaded): the change has no effect now",
				delta->unit, item->name, item->is_function ? "()" : "",
				section_over(delta, item)->name);
		else if (item->is_function)
			r = judge_mixed(delta, item, live, facts, error);
	}
	return r;
}

/* It is no part of an update: there is nothing to replace. */
static void leave_out(struct kmend_delta *delta)
{
	for (size_t i = 0; i < delta->nr_items; i++)
		if (delta->items[i].change == KMEND_CHANGE_CHANGED && kmend_item_is_over(delta, &delta->items[i]))
			delta->items[i].change = KMEND_CHANGE_SAME;
}

static bool is_of_update(const struct kmend_delta *delta, const struct kmend_item *item)
{
	return item->change != KMEND_CHANGE_SAME && !kmend_item_is_over(delta, item);
}

/* What a reference is looked at for. */
struct meeting {
	const struct kmend_assess_input *input;
	const struct kmend_delta *delta;
};

/* Is one of this name changed somewhere else in the update? */
static bool is_changed_elsewhere(const struct kmend_assess_input *input, const char *name)
{
	for (size_t i = 0; i < input->nr_deltas; i++)
		for (size_t j = 0; j < input->deltas[i]->nr_items; j++) {
			const struct kmend_item *item = &input->deltas[i]->items[j];

			if (is_of_update(input->deltas[i], item) && !strcmp(item->name, name))
				return true;
		}
	return false;
}

static int is_to_update(const struct kmend_referent *referent, const struct kmend_relocation_entry *relocation,
			void *context)
{
	const struct meeting *meeting = context;

	(void)relocation;
	if (referent->kind == KMEND_REFERENT_ITEM && referent->item)
		return is_of_update(meeting->delta, referent->item);
	return referent->kind == KMEND_REFERENT_EXTERNAL &&
	       is_changed_elsewhere(meeting->input, referent->symbol->name);
}

/* Does the old init function, which a module that is loaded later runs, refer to anything that the update changes? */
static int meets_update(const struct kmend_assess_input *input, const struct kmend_reason *reason,
			struct kmend_error *error)
{
	for (size_t i = 0; i < input->nr_deltas; i++) {
		const struct kmend_delta *delta = input->deltas[i];

		struct meeting meeting = { input, delta };

		for (size_t j = 0; !strcmp(delta->unit, reason->unit) && j < delta->nr_items; j++) {
			const struct kmend_item *item = &delta->items[j];

			if (strcmp(item->name, reason->symbol))
				continue;
			if (!item->is_function)
				return 1;
			return references_visit(delta, KMEND_SIDE_PRE, item, is_to_update, &meeting, error);
		}
	}
	return 1;
}

/*
 * A module that is loaded after the update runs its old init along with the new code. If that init refers to nothing of
 * the update, it comes to the same as with a module that was loaded before: what changed in it has no effect.
 */
static int soften_module_init(const struct kmend_assess_input *input, struct facts *own, struct kmend_error *error)
{
	for (size_t i = 0; i < own->nr_reasons; i++) {
		struct kmend_reason *reason = &own->reasons[i];
		int r;

		if (strcmp(reason->code, "module-init") || !reason->unit || !reason->symbol)
			continue;
		r = meets_update(input, reason, error);
		if (r < 0)
			return r;
		if (!r)
			reason->code = "init-code";
	}
	return 0;
}

int boot_judge(const struct kmend_assess_input *input, struct facts *own, struct facts *facts,
	       struct kmend_error *error)
{
	bool has_effect = has_live_change(input);
	int r = soften_module_init(input, own, error);

	for (size_t i = 0; !r && i < input->nr_deltas; i++)
		r = judge_delta(input->deltas[i], has_effect, facts, error);
	for (size_t i = 0; !r && i < input->nr_deltas; i++)
		leave_out(input->deltas[i]);
	return r;
}
