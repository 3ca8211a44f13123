// SPDX-License-Identifier: GPL-2.0
#include "delta.h"

#include <stdlib.h>

#include "internal.h"

struct kmend_object *kmend_delta_object(const struct kmend_delta *delta, enum kmend_side side)
{
	return side == KMEND_SIDE_RUN ? delta->run : side == KMEND_SIDE_PRE ? delta->pre : delta->post;
}

struct kmend_object_symbol *kmend_item_symbol(const struct kmend_item *item, enum kmend_side side)
{
	return side == KMEND_SIDE_RUN ? item->run : side == KMEND_SIDE_PRE ? item->pre : item->post;
}

bool kmend_delta_is_of_module(const struct kmend_delta *delta)
{
	return delta->private->is_of_module;
}

bool kmend_section_is_over(const struct kmend_delta *delta, const struct kmend_section *section)
{
	const struct kmend_special *row = kmend_special_of(section);

	return row->is_over && !(row->is_module_own && delta->private->is_of_module);
}

bool kmend_item_is_over(const struct kmend_delta *delta, const struct kmend_item *item)
{
	return (item->pre && kmend_section_is_over(delta, item->pre->section)) ||
	       (item->post && kmend_section_is_over(delta, item->post->section));
}

struct kmend_item *kmend_delta_item(const struct kmend_delta *delta, enum kmend_side which,
				    const struct kmend_object_symbol *symbol)
{
	const struct side *side = delta_side(delta, which);
	const struct kmend_object_symbol *canonical = side->canonical_of[symbol->index];

	return canonical ? side->item_of[canonical->index] : NULL;
}

const struct kmend_special_index *kmend_delta_special(const struct kmend_delta *delta, enum kmend_side side)
{
	return delta_side(delta, side)->special;
}

size_t kmend_delta_count(const struct kmend_delta *delta, enum kmend_change change)
{
	size_t count = 0;

	for (size_t i = 0; i < delta->nr_items; i++)
		count += delta->items[i].is_function && delta->items[i].change == change;
	return count;
}

bool kmend_item_switches(const struct kmend_item *item)
{
	return item->is_switched && item->change == KMEND_CHANGE_CHANGED;
}

size_t kmend_delta_count_switched(const struct kmend_delta *delta)
{
	size_t count = 0;

	for (size_t i = 0; i < delta->nr_items; i++)
		count += kmend_item_switches(&delta->items[i]);
	return count;
}

int kmend_delta_make_stacked(const struct kmend_delta *base, const char *unit, struct kmend_object *run,
			     struct kmend_object *pre, struct kmend_object *post, unsigned int how,
			     struct kmend_delta **ret_delta, struct kmend_error *error)
{
	_cleanup_delta_ struct kmend_delta *delta = kmend_calloc(1, sizeof(*delta));
	int r;

	delta->unit = kmend_strdup(unit);
	delta->private = kmend_calloc(1, sizeof(*delta->private));
	delta->private->has_profiling_calls = how & KMEND_UNIT_HAS_PROFILING_CALLS;
	delta->private->is_of_module = how & KMEND_UNIT_IS_OF_MODULE;
	delta->private->base = base;
	delta->run = run;
	delta->pre = pre;
	delta->post = post;
	branches_relocate(pre);
	branches_relocate(post);
	r = side_prepare(delta_side(delta, KMEND_SIDE_RUN), run, error);
	if (!r)
		r = side_prepare(delta_side(delta, KMEND_SIDE_PRE), pre, error);
	if (!r)
		r = side_prepare(delta_side(delta, KMEND_SIDE_POST), post, error);
	if (!r)
		r = correlate(delta, error);
	if (!r)
		r = settle(delta, error);
	if (!r)
		r = find_hooks(delta, error);
	if (!r)
		r = judge(delta, error);
	if (r < 0)
		return r;
	delta->private->base = NULL;
	*ret_delta = kmend_steal(delta);
	return 0;
}

int kmend_delta_make(const char *unit, struct kmend_object *run, struct kmend_object *pre, struct kmend_object *post,
		     unsigned int how, struct kmend_delta **ret_delta, struct kmend_error *error)
{
	return kmend_delta_make_stacked(NULL, unit, run, pre, post, how, ret_delta, error);
}

void kmend_delta_free(struct kmend_delta *delta)
{
	if (!delta)
		return;
	for (size_t i = 0; i < KMEND_NR_SIDES; i++)
		side_release(delta_side(delta, i));
	kmend_object_free(delta->run);
	kmend_object_free(delta->pre);
	kmend_object_free(delta->post);
	kmend_reasons_free(delta->reasons, delta->nr_reasons);
	free(delta->hooks);
	free(delta->items);
	kmend_strv_free(&delta->private->texts);
	free(delta->private);
	free(delta->unit);
	free(delta);
}

bool kmend_delta_is_changed(const struct kmend_delta *delta)
{
	return kmend_delta_count(delta, KMEND_CHANGE_CHANGED) || kmend_delta_count(delta, KMEND_CHANGE_NEW) ||
	       kmend_delta_count(delta, KMEND_CHANGE_REMOVED) || kmend_delta_count_switched(delta);
}

struct kmend_item *kmend_delta_published(const struct kmend_delta *delta, const char *name)
{
	const struct kmend_object_symbol *symbol = kmend_object_symbol(delta->post, name);
	struct kmend_item *item;

	if (!symbol || !symbol->section || symbol->bind == STB_LOCAL)
		return NULL;
	item = kmend_delta_item(delta, KMEND_SIDE_POST, symbol);
	if (!item || !item->pre)
		return NULL;
	/* Where a base made it so, only run still has it as it was. */
	return item->pre->bind == STB_LOCAL || (item->run && item->run->bind == STB_LOCAL) ? item : NULL;
}
