// SPDX-License-Identifier: GPL-2.0
/* Differencing on top of earlier updates (bases): where things are in run, and what must be carried again. */
#include <errno.h>
#include <string.h>

#include "internal.h"

void correlate_base(struct kmend_delta *delta)
{
	const struct kmend_delta *base = delta->private->base;

	for (size_t i = 0; i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i];
		const struct kmend_item *old;

		/* The same file, so the same symbol has the same number; bounded, should it be another one after all. */
		if (!item->pre || item->pre->index >= base->post->nr_symbols ||
		    strcmp(item->pre->name, base->post->symbols[item->pre->index].name))
			continue;
		old = kmend_delta_item(base, KMEND_SIDE_POST, &base->post->symbols[item->pre->index]);
		if (!old)
			continue;
		item->is_base_new = old->change == KMEND_CHANGE_NEW;
		item->is_base_changed = old->change == KMEND_CHANGE_CHANGED;
		item->is_switched = old->is_switched;
		item->is_carried = old->is_carried; /* the kernel still has the content before all updates */
		if (!old->run || old->run->index >= delta->run->nr_symbols)
			continue;
		if (delta_side(delta, KMEND_SIDE_RUN)->canonical_of[old->run->index] ==
		    &delta->run->symbols[old->run->index])
			item_set_run(delta, item, &delta->run->symbols[old->run->index]);
		else
			item->run = &delta->run->symbols[old->run->index];
	}
}

/* One thing that is carried again: brought by a base, changed by this update. */
static bool is_carried_again(const struct kmend_item *item)
{
	return item->is_base_new && item->is_function && item->change == KMEND_CHANGE_NEW;
}

/* What a reference of pre leads to, through other units of the update too; NULL: nothing that is carried again. */
static const struct kmend_item *carried_referent(struct kmend_delta *const *deltas, size_t nr_deltas,
						 const struct kmend_referent *referent)
{
	if (referent->kind == KMEND_REFERENT_ITEM)
		return referent->item && is_carried_again(referent->item) ? referent->item : NULL;
	if (referent->kind != KMEND_REFERENT_EXTERNAL || !*referent->symbol->name)
		return NULL;
	for (size_t i = 0; i < nr_deltas; i++) {
		const struct kmend_object_symbol *symbol = kmend_object_symbol(deltas[i]->pre, referent->symbol->name);
		const struct kmend_item *item;

		if (!symbol || !symbol->section || symbol->bind == STB_LOCAL)
			continue;
		item = kmend_delta_item(deltas[i], KMEND_SIDE_PRE, symbol);
		if (item && is_carried_again(item))
			return item;
	}
	return NULL;
}

/* Does it call or jump there (e8, e9, 0f 8x), rather than take the address? */
static bool is_branch(const struct kmend_item *item, const struct kmend_relocation_entry *relocation)
{
	const uint8_t *data = item->pre->section->data;
	uint64_t at = relocation->offset;

	if (!item->is_function || !kmend_relocation_is_relative(relocation->type) || at < item->pre->value + 2)
		return false;
	return data[at - 1] == 0xe8 || data[at - 1] == 0xe9 || (data[at - 2] == 0x0f && (data[at - 1] & 0xf0) == 0x80);
}

/* 1: the item must be carried, too. */
static int must_go_along(struct kmend_delta *const *deltas, size_t nr_deltas, struct kmend_delta *delta,
			 struct kmend_item *item, struct kmend_error *error)
{
	const struct kmend_section *section = item->pre->section;
	uint64_t end = item->pre->value + item->pre->size;
	int found = 0;

	for (size_t i = kmend_section_first_relocation(section, item->pre->value);
	     i < section->nr_relocations && section->relocations[i].offset < end; i++) {
		struct kmend_referent referent;
		const struct kmend_item *to;
		int r = kmend_delta_refer(delta, KMEND_SIDE_PRE, section, &section->relocations[i], &referent, error);

		if (r < 0)
			return r;
		to = carried_referent(deltas, nr_deltas, &referent);
		if (!to || to == item || to->parent == item || to->cold == item)
			continue;
		if (!is_branch(item, &section->relocations[i]))
			reason_add(delta, "base-function-stored",
				   "%s: %s holds the address of %s(), which a base brought and this update changes",
				   delta->unit, item->name, to->name);
		found = 1;
	}
	return found;
}

static int force_referrers(struct kmend_delta *const *deltas, size_t nr_deltas, struct kmend_delta *delta,
			   bool *ret_progress, struct kmend_error *error)
{
	for (size_t i = 0; i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i];
		int r;

		if (!item->pre || !item->post || (item->is_function && item->change != KMEND_CHANGE_SAME))
			continue;
		r = must_go_along(deltas, nr_deltas, delta, item, error);
		if (r < 0)
			return r;
		if (!r || !item->is_function)
			continue;
		item_force(delta, item, "refers to what a base brought and this update changes");
		*ret_progress = true;
	}
	*ret_progress |= force_parts(delta);
	return 0;
}

/* A changed function may hold such an address as well; that it is carried already does not mend what was stored. */
static int judge_changed(struct kmend_delta *const *deltas, size_t nr_deltas, struct kmend_delta *delta,
			 struct kmend_error *error)
{
	for (size_t i = 0; i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i];

		if (!item->is_function && item->is_base_new && item->change == KMEND_CHANGE_CHANGED)
			reason_add(delta, "base-data-changed", "%s: %s, which a base brought, changes (%s)",
				   delta->unit, item->name, item->why);
		if (item->is_function && item->pre && item->change != KMEND_CHANGE_SAME) {
			int r = must_go_along(deltas, nr_deltas, delta, item, error);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

int kmend_deltas_stack(struct kmend_delta *const *deltas, size_t nr_deltas, struct kmend_error *error)
{
	bool progress;
	int r = 0;

	do {
		progress = false;
		for (size_t i = 0; i < nr_deltas && !r; i++)
			r = force_referrers(deltas, nr_deltas, deltas[i], &progress, error);
	} while (progress && !r);
	for (size_t i = 0; i < nr_deltas && !r; i++)
		r = judge_changed(deltas, nr_deltas, deltas[i], error);
	return r;
}
