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

/* What the kernel reads for a place in the code: which key switches a jump there. */
static int visit_entries(const struct kmend_delta *delta, enum kmend_side side, const struct kmend_item *item,
			 reference_visitor visit, void *context, struct kmend_error *error)
{
	const struct kmend_object_symbol *symbol = kmend_item_symbol(item, side);
	const struct kmend_special_entry *entries = NULL;
	size_t count = symbol && symbol->section
			       ? kmend_special_index_range(kmend_delta_special(delta, side), symbol->section,
							   symbol->value, symbol->value + symbol->size, &entries)
			       : 0;
	int r = 0;

	for (size_t i = 0; !r && i < count; i++) {
		const struct kmend_section *section = entries[i].section;
		uint64_t end = entries[i].offset + entries[i].row->entry_size;

		for (size_t j = kmend_section_first_relocation(section, entries[i].offset);
		     !r && j < section->nr_relocations && section->relocations[j].offset < end; j++) {
			struct kmend_referent referent = { 0 };

			r = kmend_delta_refer(delta, side, section, &section->relocations[j], &referent, error);
			if (!r)
				r = visit(&referent, &section->relocations[j], context);
		}
	}
	return r;
}

static int count_references(const struct kmend_delta *delta, enum kmend_side side, const struct kmend_item *item,
			    size_t *of, struct kmend_error *error)
{
	struct counts counts = { delta, of };
	int r = references_visit(delta, side, item, count_reference, &counts, error);

	return r ? r : visit_entries(delta, side, item, count_reference, &counts, error);
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

/* Names that a function mentions and other units may know: of data, as far as that shows. */
struct mentions {
	const struct kmend_delta *delta;
	const struct kmend_object_symbol *from;
	bool only_set; /* only what it may set: what it writes to, or takes the address of */
	struct kmend_strv names;
};

static int mention(const struct kmend_referent *referent, const struct kmend_relocation_entry *relocation,
		   void *context)
{
	struct mentions *mentions = context;
	const struct kmend_object_symbol *from = mentions->from;
	bool is_item = referent->kind == KMEND_REFERENT_ITEM && referent->item && !referent->item->is_function &&
		       referent->symbol->bind != STB_LOCAL && referent->section->flags & SHF_WRITE;

	/* What is called is code. */
	if (!is_item && (referent->kind != KMEND_REFERENT_EXTERNAL || relocation->type == R_X86_64_PLT32))
		return 0;
	if (!mentions->only_set || !kmend_code_only_reads(from->section, from->value, from->size, relocation->offset))
		kmend_strv_add(&mentions->names, referent->symbol->name);
	return 0;
}

static size_t count_name(const struct kmend_strv *names, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < names->count; i++)
		count += !strcmp(names->items[i], name);
	return count;
}

/* Does code that the update changes mention that name: in another unit, or in this one if the name is another unit's? */
static int is_mentioned_live(const struct kmend_assess_input *input, const struct kmend_delta *own, const char *name,
			     struct kmend_error *error)
{
	const struct kmend_object_symbol *symbol = kmend_object_symbol(own->post, name);
	bool is_own = symbol && symbol->section;

	for (size_t i = 0; i < input->nr_deltas; i++) {
		const struct kmend_delta *delta = input->deltas[i];

		for (size_t j = 0; j < delta->nr_items && !(is_own && delta == own); j++) {
			const struct kmend_item *item = &delta->items[j];
			struct mentions mentions = { .delta = delta, .from = item->post };
			bool is_found;
			int r;

			if (!item->is_function || !is_live_change(delta, item))
				continue;
			r = references_visit(delta, KMEND_SIDE_POST, item, mention, &mentions, error);
			if (!r)
				r = visit_entries(delta, KMEND_SIDE_POST, item, mention, &mentions, error);
			is_found = count_name(&mentions.names, name);
			kmend_strv_free(&mentions.names);
			if (r < 0 || is_found)
				return r < 0 ? r : 1;
		}
	}
	return 0;
}

/* The same of data of other units, or that other units use. */
static int judge_shared(const struct kmend_assess_input *input, const struct kmend_delta *delta,
			const struct kmend_item *item, struct facts *facts, struct kmend_error *error)
{
	struct mentions pre = { .delta = delta, .from = item->pre, .only_set = true };
	struct mentions post = { .delta = delta, .from = item->post, .only_set = true };
	int r = references_visit(delta, KMEND_SIDE_PRE, item, mention, &pre, error);

	if (!r)
		r = references_visit(delta, KMEND_SIDE_POST, item, mention, &post, error);
	for (size_t i = 0; !r && i < post.names.count; i++) {
		const char *name = post.names.items[i];

		if (count_name(&post.names, name) <= count_name(&pre.names, name))
			continue;
		r = is_mentioned_live(input, delta, name, error);
		if (r > 0) {
			fact_add(
				facts, "init-sets-up", delta->unit, item->name, 0,
				"%s: %s() ran before the update, so it did not set up %s, which the new code refers to",
				delta->unit, item->name, name);
			break;
		}
	}
	kmend_strv_free(&pre.names);
	kmend_strv_free(&post.names);
	return r < 0 ? r : 0;
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

static int judge_delta(const struct kmend_assess_input *input, struct kmend_delta *delta, bool has_effect,
		       struct facts *facts, struct kmend_error *error)
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
		if (!r && has_effect && item->is_function && item->post)
			r = judge_shared(input, delta, item, facts, error);
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
		r = judge_delta(input, input->deltas[i], has_effect, facts, error);
	for (size_t i = 0; !r && i < input->nr_deltas; i++)
		leave_out(input->deltas[i]);
	return r;
}
