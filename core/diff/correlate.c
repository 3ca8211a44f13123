// SPDX-License-Identifier: GPL-2.0
/* Items: what in pre, post and run is the same function or datum, as far as names say. */
#include <ctype.h>
#include <string.h>

#include "internal.h"

/* Point all symbols of an item's place at it. */
static void claim(struct side *side, const struct kmend_object_symbol *canonical, struct kmend_item *item)
{
	if (canonical)
		side->item_of[canonical->index] = item;
}

struct kmend_item *item_add(struct kmend_delta *delta, struct kmend_object_symbol *pre,
			    struct kmend_object_symbol *post)
{
	/* Room for all was made at the start, since items point to each other. */
	struct kmend_item *item = &delta->items[delta->nr_items++];
	const struct kmend_object_symbol *either = post ? post : pre;

	item->name = either->name;
	item->is_function = either->type == STT_FUNC;
	item->pre = pre;
	item->post = post;
	item->change = !post ? KMEND_CHANGE_REMOVED : !pre ? KMEND_CHANGE_NEW : KMEND_CHANGE_SAME;
	claim(delta_side(delta, KMEND_SIDE_PRE), pre, item);
	claim(delta_side(delta, KMEND_SIDE_POST), post, item);
	return item;
}

void item_set_run(struct kmend_delta *delta, struct kmend_item *item, struct kmend_object_symbol *run)
{
	item->run = run;
	claim(delta_side(delta, KMEND_SIDE_RUN), run, item);
}

/* The canonical symbol of a name on a side, if it is an item of that kind and not taken. */
static struct kmend_object_symbol *find_free(const struct kmend_delta *delta, enum kmend_side which, const char *name,
					     uint8_t type)
{
	const struct side *side = delta_side(delta, which);
	struct kmend_object_symbol *symbol = kmend_object_symbol(side->object, name);

	if (!symbol || symbol->type != type)
		return NULL;
	symbol = side->canonical_of[symbol->index];
	return symbol && !side->item_of[symbol->index] ? symbol : NULL;
}

/* First by the names that canonical symbols have, then by their other names. */
static void pair_by_name(struct kmend_delta *delta, bool by_alias)
{
	struct side *pre = delta_side(delta, KMEND_SIDE_PRE);

	for (size_t i = 0; i < pre->object->nr_symbols; i++) {
		struct kmend_object_symbol *symbol = &pre->object->symbols[i], *post;
		struct kmend_object_symbol *canonical = pre->canonical_of[i];

		if (!canonical || (!by_alias && canonical != symbol) || pre->item_of[canonical->index])
			continue;
		if (name_is_numbered(symbol))
			continue;
		post = find_free(delta, KMEND_SIDE_POST, symbol->name, symbol->type);
		if (post)
			item_add(delta, canonical, post);
	}
}

/* The name of a clone with its numbers left out: gcc counts them anew in each compilation. */
static char *clone_key(const char *name)
{
	char *key = kmend_strdup(name), *to;
	size_t stem = name_stem(name);

	if (!key[stem])
		return key;
	to = key + stem;
	for (const char *from = name + stem; *from; from++)
		if (!isdigit((unsigned char)*from))
			*to++ = *from;
	*to = '\0';
	return key;
}

/* The only free clone of that key on a side; NULL if there is none or more than one. */
static struct kmend_object_symbol *only_clone(const struct kmend_delta *delta, enum kmend_side which, const char *key)
{
	const struct side *side = delta_side(delta, which);
	struct kmend_object_symbol *found = NULL;

	for (size_t i = 0; i < side->nr_canonical; i++) {
		struct kmend_object_symbol *symbol = side->canonical[i];
		_cleanup_free_ char *other = NULL;

		if (symbol->type != STT_FUNC || side->item_of[symbol->index] || !symbol->name[name_stem(symbol->name)])
			continue;
		other = clone_key(symbol->name);
		if (strcmp(key, other))
			continue;
		if (found)
			return NULL;
		found = symbol;
	}
	return found;
}

/*
 * Clones whose numbers differ. Where it is not certain which is which they stay apart: a function holds no state, so
 * one too many is replaced and nothing is lost.
 */
static void pair_clones(struct kmend_delta *delta)
{
	const struct side *pre = delta_side(delta, KMEND_SIDE_PRE);

	for (size_t i = 0; i < pre->nr_canonical; i++) {
		struct kmend_object_symbol *symbol = pre->canonical[i], *post;
		_cleanup_free_ char *key = NULL;

		if (symbol->type != STT_FUNC || pre->item_of[symbol->index] || !symbol->name[name_stem(symbol->name)])
			continue;
		key = clone_key(symbol->name);
		post = only_clone(delta, KMEND_SIDE_POST, key);
		if (post && only_clone(delta, KMEND_SIDE_PRE, key) == symbol)
			item_add(delta, symbol, post);
	}
}

static void add_rest(struct kmend_delta *delta)
{
	const struct side *pre = delta_side(delta, KMEND_SIDE_PRE), *post = delta_side(delta, KMEND_SIDE_POST);

	for (size_t i = 0; i < pre->nr_canonical; i++)
		if (!pre->item_of[pre->canonical[i]->index])
			item_add(delta, pre->canonical[i], NULL);
	for (size_t i = 0; i < post->nr_canonical; i++)
		if (!post->item_of[post->canonical[i]->index])
			item_add(delta, NULL, post->canonical[i]);
}

static struct kmend_item *find_parent(const struct kmend_delta *delta, const struct kmend_item *cold)
{
	enum kmend_side which = cold->post ? KMEND_SIDE_POST : KMEND_SIDE_PRE;
	const char *name = kmend_item_symbol(cold, which)->name, *end = strstr(name, ".cold");
	_cleanup_free_ char *parent = NULL;
	struct kmend_object_symbol *symbol;

	if (!end)
		return NULL;
	parent = kmend_strndup(name, end - name);
	symbol = kmend_object_symbol(kmend_delta_object(delta, which), parent);
	return symbol && symbol->type == STT_FUNC ? kmend_delta_item(delta, which, symbol) : NULL;
}

static void tie_cold_parts(struct kmend_delta *delta)
{
	for (size_t i = 0; i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i];

		if (!item->is_function)
			continue;
		item->parent = find_parent(delta, item);
		if (item->parent)
			item->parent->cold = item;
	}
}

static void find_in_run(struct kmend_delta *delta)
{
	for (size_t i = 0; i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i];
		struct kmend_object_symbol *run = NULL;
		_cleanup_free_ char *key = NULL;

		if (!item->pre || name_is_numbered(item->pre))
			continue;
		run = find_free(delta, KMEND_SIDE_RUN, item->pre->name, item->pre->type);
		if (!run && item->is_function && item->pre->name[name_stem(item->pre->name)]) {
			key = clone_key(item->pre->name);
			run = only_clone(delta, KMEND_SIDE_RUN, key);
		}
		/* Data are the same bytes in both compilations; anything else is not the same datum. */
		if (run && !item->is_function && run->size != item->pre->size)
			run = NULL;
		if (run)
			item_set_run(delta, item, run);
	}
}

int correlate(struct kmend_delta *delta, struct kmend_error *error)
{
	const struct side *sides = delta->private->sides;
	int r;

	delta->items = kmend_calloc(sides[KMEND_SIDE_PRE].nr_canonical + sides[KMEND_SIDE_POST].nr_canonical,
				    sizeof(*delta->items));
	pair_by_name(delta, false);
	pair_by_name(delta, true);
	pair_clones(delta);
	r = correlate_statics(delta, error);
	if (r < 0)
		return r;
	add_rest(delta);
	tie_cold_parts(delta);
	if (delta->private->base) {
		correlate_base(delta);
		return 0;
	}
	find_in_run(delta);
	return correlate_run(delta, error);
}
