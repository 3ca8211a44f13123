// SPDX-License-Identifier: GPL-2.0
/*
 * Static locals and other data whose names gcc numbers: x.12 of pre may be x.14 of post. To take one for another, or
 * an old one for new, would lose or mix up state; so what cannot be told becomes a reason.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Symbols of one item or of several, in the order of reference. */
struct references {
	struct kmend_object_symbol **symbols;
	size_t count;
};

static void references_free(struct references *references)
{
	free(references->symbols);
}

/* Pairs that were concluded, to be checked against each other before any is believed. */
struct findings {
	struct pair *pairs;
	size_t count;
};

static void findings_free(struct findings *findings)
{
	free(findings->pairs);
}

static void findings_add(struct findings *findings, struct kmend_object_symbol *a, struct kmend_object_symbol *b)
{
	struct pair *pair;

	for (size_t i = 0; i < findings->count; i++)
		if (findings->pairs[i].a == a && findings->pairs[i].b == b)
			return;
	pair = kmend_array_add(findings->pairs, findings->count);
	pair->a = a;
	pair->b = b;
}

static bool is_contradicted(const struct findings *findings, const struct pair *pair)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct pair *other = &findings->pairs[i];

		if ((other->a == pair->a) != (other->b == pair->b))
			return true;
	}
	return false;
}

/* State that nobody would miss, or none at all: then a doubt does no harm, and the datum may be taken for new. */
static bool is_harmless(const struct kmend_object_symbol *symbol)
{
	_cleanup_free_ char *base = name_base(symbol->name);

	return !symbol->size || !(symbol->section->flags & SHF_WRITE) || symbol_goes_by_content(symbol) ||
	       base_state_may_be_lost(base);
}

static bool have_same_base(const struct kmend_object_symbol *a, const struct kmend_object_symbol *b)
{
	_cleanup_free_ char *left = name_base(a->name), *right = name_base(b->name);

	return a->size == b->size && !strcmp(left, right) && a->section->type == b->section->type &&
	       a->section->flags == b->section->flags;
}

static void say_ambiguous(struct kmend_delta *delta, const struct kmend_object_symbol *symbol)
{
	if (!is_harmless(symbol))
		reason_add(delta, "static-local-ambiguous",
			   "%s: it is not certain which static \"%s\" of the new code is that of the running code",
			   delta->unit, symbol->name);
}

static bool is_free(const struct kmend_delta *delta, enum kmend_side which, const struct kmend_object_symbol *symbol)
{
	return !delta_side(delta, which)->item_of[symbol->index];
}

/* Believe those findings that contradict no other. Returns how many items came of it. */
static size_t commit(struct kmend_delta *delta, const struct findings *findings)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++) {
		const struct pair *pair = &findings->pairs[i];

		if (!is_free(delta, KMEND_SIDE_PRE, pair->a) || !is_free(delta, KMEND_SIDE_POST, pair->b))
			continue;
		if (is_contradicted(findings, pair)) {
			say_ambiguous(delta, pair->a);
			continue;
		}
		item_add(delta, pair->a, pair->b);
		count++;
	}
	return count;
}

/* What unchanged functions and data say: they are the same in all but the statics' numbers. */
static int pair_by_unchanged(struct kmend_delta *delta, size_t *ret_count, struct kmend_error *error)
{
	_cleanup_(findings_free) struct findings findings = { 0 };

	for (size_t i = 0; i < delta->nr_items; i++) {
		const struct kmend_item *item = &delta->items[i];
		struct comparison comparison = { .delta = delta, .presumes_statics = true, .error = error };
		int r;

		r = compare_symbols(&comparison, KMEND_SIDE_PRE, item->pre, KMEND_SIDE_POST, item->post);
		for (size_t j = 0; r > 0 && j < comparison.nr_pairs; j++)
			findings_add(&findings, comparison.pairs[j].a, comparison.pairs[j].b);
		free(comparison.pairs);
		if (r < 0)
			return r;
	}
	*ret_count = commit(delta, &findings);
	return 0;
}

static void add_reference(struct references *references, struct kmend_object_symbol *symbol, bool is_distinct)
{
	for (size_t i = 0; is_distinct && i < references->count; i++)
		if (references->symbols[i] == symbol)
			return;
	*kmend_array_add(references->symbols, references->count) = symbol;
}

/* The numbered statics that a stretch of code or data refers to. */
static int collect(const struct kmend_delta *delta, enum kmend_side which, const struct kmend_section *section,
		   uint64_t from, uint64_t size, bool is_distinct, struct references *references,
		   struct kmend_error *error)
{
	for (size_t i = kmend_section_first_relocation(section, from);
	     i < section->nr_relocations && section->relocations[i].offset < from + size; i++) {
		struct kmend_referent referent;
		int r = kmend_delta_refer(delta, which, section, &section->relocations[i], &referent, error);

		if (r < 0)
			return r;
		if (referent.kind == KMEND_REFERENT_ITEM && name_is_numbered(referent.symbol))
			add_reference(references, referent.symbol, is_distinct);
	}
	return 0;
}

/* The same of an item, with its entries in special sections. */
static int collect_of(const struct kmend_delta *delta, enum kmend_side which, const struct kmend_object_symbol *symbol,
		      bool is_distinct, struct references *references, struct kmend_error *error)
{
	const struct kmend_special_entry *entries = NULL;
	size_t count;
	int r;

	r = collect(delta, which, symbol->section, symbol->value, symbol->size, is_distinct, references, error);
	if (r < 0)
		return r;
	count = kmend_special_index_range(kmend_delta_special(delta, which), symbol->section, symbol->value,
					  symbol->value + symbol->size, &entries);
	for (size_t i = 0; i < count; i++) {
		if (!entries[i].row->is_compared)
			continue;
		r = collect(delta, which, entries[i].section, entries[i].offset, entries[i].row->entry_size,
			    is_distinct, references, error);
		if (r < 0)
			return r;
	}
	return 0;
}

/* How many free ones like this there are, and (if not NULL) the n-th of them. */
static size_t count_like(const struct kmend_delta *delta, enum kmend_side which, const struct references *references,
			 const struct kmend_object_symbol *like, size_t n, struct kmend_object_symbol **ret_nth)
{
	size_t count = 0;

	for (size_t i = 0; i < references->count; i++) {
		struct kmend_object_symbol *symbol = references->symbols[i];

		if (!is_free(delta, which, symbol) || !have_same_base(symbol, like))
			continue;
		if (ret_nth && count == n)
			*ret_nth = symbol;
		count++;
	}
	return count;
}

/*
 * Within one changed function: the only one of its base before is the only one after. Of several (of functions that are
 * inlined here, each with its own) neither the order of reference nor gcc's numbers, which follow that, say which is
 * which, and so only what may be lost goes by it.
 */
static void pair_single(struct kmend_delta *delta, const struct references *pre, const struct references *post,
			struct findings *findings)
{
	for (size_t i = 0; i < pre->count; i++) {
		struct kmend_object_symbol *symbol = pre->symbols[i], *other = NULL;
		size_t nr_pre, nr_post, n = 0;

		if (!is_free(delta, KMEND_SIDE_PRE, symbol) || symbol_goes_by_content(symbol))
			continue;
		for (size_t j = 0; j < i; j++)
			if (is_free(delta, KMEND_SIDE_PRE, pre->symbols[j]) && have_same_base(pre->symbols[j], symbol))
				n++;
		nr_pre = count_like(delta, KMEND_SIDE_PRE, pre, symbol, 0, NULL);
		nr_post = count_like(delta, KMEND_SIDE_POST, post, symbol, n, &other);
		if (nr_pre == nr_post && (nr_pre == 1 || is_harmless(symbol)))
			findings_add(findings, symbol, other);
	}
}

static int pair_by_changed(struct kmend_delta *delta, size_t *ret_count, struct kmend_error *error)
{
	_cleanup_(findings_free) struct findings findings = { 0 };

	for (size_t i = 0; i < delta->nr_items; i++) {
		_cleanup_(references_free) struct references pre = { 0 }, post = { 0 };
		const struct kmend_item *item = &delta->items[i];
		int r;

		r = collect_of(delta, KMEND_SIDE_PRE, item->pre, true, &pre, error);
		if (!r)
			r = collect_of(delta, KMEND_SIDE_POST, item->post, true, &post, error);
		if (r < 0)
			return r;
		pair_single(delta, &pre, &post, &findings);
	}
	*ret_count = commit(delta, &findings);
	return 0;
}

/* A table or a text that nobody writes: which of several with the same content is meant makes no difference. */
static bool is_plain_constant(const struct kmend_object_symbol *symbol)
{
	return symbol->size && symbol->section->type == SHT_PROGBITS &&
	       !(symbol->section->flags & (SHF_WRITE | SHF_EXECINSTR)) && !symbol_goes_by_content(symbol);
}

/*
 * What is known by its content: the same content is the same one. @plain: of plain constants, as they lie in functions that
 * changed, are gone or are new; else of those that are known by nothing but their content.
 */
static int pair_by_content(struct kmend_delta *delta, bool plain, struct kmend_error *error)
{
	const struct side *pre = delta_side(delta, KMEND_SIDE_PRE), *post = delta_side(delta, KMEND_SIDE_POST);

	for (size_t i = 0; i < pre->nr_canonical; i++) {
		struct kmend_object_symbol *symbol = pre->canonical[i];

		if (!name_is_numbered(symbol) || !is_free(delta, KMEND_SIDE_PRE, symbol) ||
		    !(plain ? is_plain_constant(symbol) : symbol_goes_by_content(symbol)))
			continue;
		for (size_t j = 0; j < post->nr_canonical && is_free(delta, KMEND_SIDE_PRE, symbol); j++) {
			struct comparison comparison = { .delta = delta, .presumes_statics = !plain, .error = error };
			struct kmend_object_symbol *other = post->canonical[j];
			int r;

			if (!is_free(delta, KMEND_SIDE_POST, other) || !name_is_numbered(other) ||
			    !have_same_base(symbol, other))
				continue;
			r = compare_symbols(&comparison, KMEND_SIDE_PRE, symbol, KMEND_SIDE_POST, other);
			free(comparison.pairs);
			if (r < 0)
				return r;
			if (r)
				item_add(delta, symbol, other);
		}
	}
	return 0;
}

/* Does a function that exists before and after refer to this static? */
static int is_used_by_lasting(const struct kmend_delta *delta, enum kmend_side which,
			      const struct kmend_object_symbol *symbol, struct kmend_error *error)
{
	for (size_t i = 0; i < delta->nr_items; i++) {
		_cleanup_(references_free) struct references references = { 0 };
		const struct kmend_item *item = &delta->items[i];
		int r;

		if (!item->pre || !item->post)
			continue;
		r = collect_of(delta, which, kmend_item_symbol(item, which), true, &references, error);
		if (r < 0)
			return r;
		for (size_t j = 0; j < references.count; j++)
			if (references.symbols[j] == symbol)
				return 1;
	}
	return 0;
}

/*
 * What is left: removed ones and new ones. But if one of a base was removed and one of the same base is new, it may
 * have moved with its function (inlined elsewhere, or no longer inlined). It certainly has if only functions that are
 * new or gone account for it; if functions that last do on both sides, one was dropped here and one added there, or
 * it moved: that cannot be told.
 */
static int pair_moved(struct kmend_delta *delta, struct kmend_error *error)
{
	const struct side *pre = delta_side(delta, KMEND_SIDE_PRE), *post = delta_side(delta, KMEND_SIDE_POST);
	struct references before = { pre->canonical, pre->nr_canonical };
	struct references after = { post->canonical, post->nr_canonical };

	for (size_t i = 0; i < pre->nr_canonical; i++) {
		struct kmend_object_symbol *symbol = pre->canonical[i], *other = NULL;
		size_t nr_pre, nr_post;
		int was_used, is_used;

		if (!name_is_numbered(symbol) || !is_free(delta, KMEND_SIDE_PRE, symbol) || is_harmless(symbol))
			continue;
		nr_pre = count_like(delta, KMEND_SIDE_PRE, &before, symbol, 0, NULL);
		nr_post = count_like(delta, KMEND_SIDE_POST, &after, symbol, 0, &other);
		if (!nr_post)
			continue;
		if (nr_pre != 1 || nr_post != 1) {
			say_ambiguous(delta, symbol);
			continue;
		}
		was_used = is_used_by_lasting(delta, KMEND_SIDE_PRE, symbol, error);
		is_used = was_used < 0 ? 0 : is_used_by_lasting(delta, KMEND_SIDE_POST, other, error);
		if (was_used < 0 || is_used < 0)
			return was_used < 0 ? was_used : is_used;
		if (was_used && is_used)
			say_ambiguous(delta, symbol);
		else
			item_add(delta, symbol, other);
	}
	return 0;
}

int correlate_statics(struct kmend_delta *delta, struct kmend_error *error)
{
	size_t count;
	int r;

	/* Statics that became known may in turn tell others apart. */
	do {
		r = pair_by_unchanged(delta, &count, error);
		if (r < 0)
			return r;
	} while (count);
	r = pair_by_content(delta, true, error);
	if (r)
		return r;
	/* One that is known leaves fewer that it could be. */
	do
		r = pair_by_changed(delta, &count, error);
	while (!r && count);
	if (!r)
		r = pair_by_content(delta, true, error); /* those that lead to what is known by now */
	if (!r)
		r = pair_by_content(delta, false, error);
	if (!r)
		r = pair_moved(delta, error);
	return r;
}

/* What one function or datum says of the numbers in pre and in run: the same source, so the same references. */
static int compare_with_run(struct kmend_delta *delta, const struct kmend_item *item, struct findings *findings,
			    struct kmend_error *error)
{
	_cleanup_(references_free) struct references pre = { 0 }, run = { 0 };
	int r;

	r = collect_of(delta, KMEND_SIDE_PRE, item->pre, false, &pre, error);
	if (!r)
		r = collect_of(delta, KMEND_SIDE_RUN, item->run, false, &run, error);
	if (r < 0)
		return r;
	if (pre.count != run.count)
		return 0;
	for (size_t i = 0; i < pre.count; i++)
		if (!have_same_base(pre.symbols[i], run.symbols[i]))
			return 0;
	for (size_t i = 0; i < pre.count; i++)
		findings_add(findings, pre.symbols[i], run.symbols[i]);
	return 0;
}

/* Is there just one of this base, before and in run? Or the same name, if the names of all of the base agree? */
static struct kmend_object_symbol *same_in_run(const struct kmend_delta *delta,
					       const struct kmend_object_symbol *symbol)
{
	const struct side *pre = delta_side(delta, KMEND_SIDE_PRE), *run = delta_side(delta, KMEND_SIDE_RUN);
	struct references before = { pre->canonical, pre->nr_canonical };
	struct references running = { run->canonical, run->nr_canonical };
	struct kmend_object_symbol *other = NULL, *named = kmend_object_symbol(run->object, symbol->name);
	size_t nr_pre = 0, nr_run = 0;

	if (named && (!named->section || !have_same_base(named, symbol)))
		named = NULL;
	if (!symbol->size) /* only an address; where the section is shared, that of others too */
		return named;
	for (size_t i = 0; i < before.count; i++)
		nr_pre += name_is_numbered(before.symbols[i]) && have_same_base(before.symbols[i], symbol);
	for (size_t i = 0; i < running.count; i++) {
		if (!name_is_numbered(running.symbols[i]) || !have_same_base(running.symbols[i], symbol))
			continue;
		other = running.symbols[i];
		nr_run++;
	}
	if (nr_pre == 1 && nr_run == 1)
		return other;
	return nr_pre == nr_run ? named : NULL;
}

int correlate_run(struct kmend_delta *delta, struct kmend_error *error)
{
	_cleanup_(findings_free) struct findings findings = { 0 };

	for (size_t i = 0; i < delta->nr_items; i++) {
		const struct kmend_item *item = &delta->items[i];
		int r;

		if (!item->pre || !item->run)
			continue;
		r = compare_with_run(delta, item, &findings, error);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < findings.count; i++) {
		struct pair *pair = &findings.pairs[i];
		struct kmend_item *item = delta_side(delta, KMEND_SIDE_PRE)->item_of[pair->a->index];

		if (is_contradicted(&findings, pair) && item)
			say_ambiguous(delta, pair->a);
		else if (item && !item->run && is_free(delta, KMEND_SIDE_RUN, pair->b))
			item_set_run(delta, item, pair->b);
	}
	for (size_t i = 0; i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i];
		struct kmend_object_symbol *run;

		if (!item->pre || item->run || !name_is_numbered(item->pre))
			continue;
		run = same_in_run(delta, item->pre);
		run = run ? delta_side(delta, KMEND_SIDE_RUN)->canonical_of[run->index] : NULL;
		if (run && !item->pre->size)
			item->run = run;
		else if (run && is_free(delta, KMEND_SIDE_RUN, run))
			item_set_run(delta, item, run);
	}
	return 0;
}
