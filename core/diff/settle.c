// SPDX-License-Identifier: GPL-2.0
/* Decide what changed, and what must go along with it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static const char *keep_text(struct kmend_delta *delta, const char *text)
{
	struct kmend_strv *texts = &delta->private->texts;

	kmend_strv_add(texts, text);
	return texts->items[texts->count - 1];
}

const char *item_text(struct kmend_delta *delta, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		kmend_oom();
	va_end(args);
	return keep_text(delta, text);
}

void item_force(struct kmend_delta *delta, struct kmend_item *item, const char *why)
{
	item->change = item->is_base_new && item->is_function ? KMEND_CHANGE_NEW : KMEND_CHANGE_CHANGED;
	item->forced = true;
	item->why = keep_text(delta, why);
}

static int compare_items(struct kmend_delta *delta, struct kmend_error *error)
{
	for (size_t i = 0; i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i];
		struct comparison comparison = { .delta = delta, .error = error };
		int r;

		if (!item->pre || !item->post)
			continue;
		r = compare_symbols(&comparison, KMEND_SIDE_PRE, item->pre, KMEND_SIDE_POST, item->post);
		if (r < 0)
			return r;
		if (!r) {
			item->change = item->is_base_new && item->is_function ? KMEND_CHANGE_NEW : KMEND_CHANGE_CHANGED;
			item->why = keep_text(delta, comparison.why);
		}
	}
	return 0;
}

/* A function and its cold part jump into each other, so they are replaced together or not at all. */
bool force_parts(struct kmend_delta *delta)
{
	bool progress = false;

	for (size_t i = 0; i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i], *parent = item->parent;

		if (!parent || !item->post || !parent->post)
			continue;
		if (item->change != KMEND_CHANGE_SAME && parent->change == KMEND_CHANGE_SAME) {
			item_force(delta, parent, "its cold part changed");
			progress = true;
		} else if (parent->change != KMEND_CHANGE_SAME && item->change == KMEND_CHANGE_SAME) {
			item_force(delta, item, "the function it is a part of changed");
			progress = true;
		}
	}
	return progress;
}

/* Does it call, or otherwise refer to, one of the marked functions? */
static int refers_to_marked(const struct kmend_delta *delta, const struct kmend_item *item, const bool *marked,
			    struct kmend_error *error)
{
	const struct kmend_object_symbol *symbol = item->pre;
	const struct kmend_section *section = symbol->section;

	for (size_t i = kmend_section_first_relocation(section, symbol->value);
	     i < section->nr_relocations && section->relocations[i].offset < symbol->value + symbol->size; i++) {
		struct kmend_referent referent;
		int r = kmend_delta_refer(delta, KMEND_SIDE_PRE, section, &section->relocations[i], &referent, error);

		if (r < 0)
			return r;
		if (referent.kind == KMEND_REFERENT_ITEM && referent.item && referent.item != item &&
		    marked[referent.item - delta->items])
			return 1;
	}
	return 0;
}

/* Is the running function the one that was compared? */
static bool is_as_in_run(const struct kmend_item *item)
{
	const struct kmend_object_symbol *pre = item->pre, *run = item->run;

	if (item_is_of_base(item))
		return true;
	return run && run->section->data && pre->section->data &&
	       code_is_equivalent(pre->section, pre->value, pre->size, run->section, run->value, run->size);
}

/*
 * A caller that is the same in pre and post goes with the new callee: the compiler made both in one go, whatever it
 * assumed about the callee (arguments of a clone, registers that a local callee leaves alone: -fipa-ra). But that is
 * said of pre, and what runs was compiled with other flags. So where the running caller is not instruction by
 * instruction the compared one (it inlined the callee, say), it is replaced too. Without profiling calls gcc passes
 * on what it knows of registers through further calls, so callers of callers are looked at as well.
 */
static int force_callers(struct kmend_delta *delta, bool *marked, bool *verified, bool *ret_progress,
			 struct kmend_error *error)
{
	for (size_t i = 0; i < delta->nr_items; i++)
		if (delta->items[i].is_function && delta->items[i].change == KMEND_CHANGE_CHANGED)
			marked[i] = true;
	for (size_t i = 0; i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i];
		int r;

		if (!item->is_function || item->change != KMEND_CHANGE_SAME || verified[i])
			continue;
		r = refers_to_marked(delta, item, marked, error);
		if (r < 0)
			return r;
		if (!r)
			continue;
		verified[i] = true;
		if (is_as_in_run(item)) {
			marked[i] = !delta->private->has_profiling_calls;
			*ret_progress |= marked[i];
		} else if (!kmend_section_is_over(delta, item->pre->section)) {
			item_force(delta, item,
				   "compiled differently for the running kernel, and refers to changed code");
			*ret_progress = true;
		}
	}
	return 0;
}

int settle(struct kmend_delta *delta, struct kmend_error *error)
{
	_cleanup_free_ bool *marked = kmend_calloc(delta->nr_items, sizeof(*marked));
	_cleanup_free_ bool *verified = kmend_calloc(delta->nr_items, sizeof(*verified));
	bool progress;
	int r;

	r = compare_items(delta, error);
	if (!r)
		r = constants_carry(delta, error);
	if (r < 0)
		return r;
	do {
		progress = force_parts(delta);
		r = force_callers(delta, marked, verified, &progress, error);
		if (r < 0)
			return r;
	} while (progress);
	return 0;
}
