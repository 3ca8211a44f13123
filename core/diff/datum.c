// SPDX-License-Identifier: GPL-2.0
/*
 * Constants that are switched in the running kernel where they are: tables of functions, policies, whatever live data lead
 * to. Within the stop each 8-byte word that differs is stored at once, so no reader ever sees half a pointer. What is left
 * is a task that was in the middle of reading several words and goes on afterwards:
 *
 * - Nobody reads while the words are stored: all CPUs are in the stop. A task that an interrupt took off the CPU in the
 *   middle of a reading function keeps the switch waiting (kmod/stack.c), as if it were inside replaced code. So readers
 *   have at most slept, of their own will, between two of the words.
 * - A pointer that changes to another one, or appears, is read and followed by itself: either is good at any time, since
 *   what was is still there, and what is new stays in memory (the update escapes).
 * - A pointer that is taken away is another matter: who has tested it and then sleeps would follow nothing. It is refused.
 *   (A reversal must take away what was added, and can only rely on the first point.)
 * - Of a size or a count that changes along with the pointer it belongs to, a reader that sleeps between the two may see
 *   either; nobody in the kernel does so with tables, since each is read in one go for one request.
 */
#include <elf.h>
#include <string.h>

#include "internal.h"

/* Is this memory that nobody writes to now, and of which each byte has its own place? */
static bool is_settled(const struct kmend_object_symbol *symbol)
{
	const struct kmend_section *section = symbol->section;
	const struct kmend_special *row = kmend_special_of(section);

	if (!section->data || symbol->bind == STB_WEAK || section->flags & (SHF_EXECINSTR | SHF_MERGE))
		return false;
	return row->is_sealed || (row->is_constant && !(section->flags & SHF_WRITE));
}

bool datum_is_sealed(const struct kmend_object_symbol *symbol)
{
	return kmend_special_of(symbol->section)->is_sealed;
}

static bool holds_pointers(const struct kmend_object_symbol *symbol)
{
	const struct kmend_section *section = symbol->section;
	size_t i = kmend_section_first_relocation(section, symbol->value);

	return i < section->nr_relocations && section->relocations[i].offset < symbol->value + symbol->size;
}

/* A number that other files know and that start may have set has been acted upon there, who knows how. */
static bool is_setting(const struct kmend_object_symbol *symbol)
{
	return datum_is_sealed(symbol) && symbol->bind != STB_LOCAL && !holds_pointers(symbol);
}

bool datum_can_switch(const struct kmend_item *item)
{
	const struct kmend_object_symbol *pre = item->pre, *post = item->post, *run = item->run;

	/* What a base brought lies in the base's module; what one carries is not where live data lead to. */
	if (item->is_function || !pre || !post || !run || item->is_base_new || item->is_carried)
		return false;
	if (is_setting(post))
		return false;
	return pre->size && pre->size == post->size && pre->size == run->size && is_settled(pre) && is_settled(post) &&
	       is_settled(run) && datum_is_sealed(pre) == datum_is_sealed(post) &&
	       datum_is_sealed(pre) == datum_is_sealed(run);
}

static const struct kmend_relocation_entry *relocation_at(const struct kmend_object_symbol *symbol, uint64_t offset)
{
	const struct kmend_section *section = symbol->section;
	size_t i = kmend_section_first_relocation(section, symbol->value + offset);

	return i < section->nr_relocations && section->relocations[i].offset == symbol->value + offset
		       ? &section->relocations[i]
		       : NULL;
}

const char *datum_obstacle(struct kmend_delta *delta, const struct kmend_item *item)
{
	const struct kmend_object_symbol *pre = item->pre;
	const struct kmend_section *section = pre->section;

	for (size_t i = kmend_section_first_relocation(section, pre->value);
	     i < section->nr_relocations && section->relocations[i].offset < pre->value + pre->size; i++) {
		uint64_t offset = section->relocations[i].offset - pre->value;

		if (!relocation_at(item->post, offset))
			return item_text(
				delta,
				"loses a pointer (at +0x%llx), which a task may have tested and not followed yet",
				(unsigned long long)offset);
	}
	return NULL;
}

/* Do two references mean the same, and lead to the running kernel's own thing? */
static bool is_same_referent(const struct kmend_referent *a, const struct kmend_referent *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case KMEND_REFERENT_ITEM:
		return a->item && a->item == b->item && a->offset == b->offset &&
		       !(b->item->is_carried && b->item->change == KMEND_CHANGE_CHANGED);
	case KMEND_REFERENT_EXTERNAL:
		return !strcmp(a->symbol->name, b->symbol->name) && a->offset == b->offset;
	case KMEND_REFERENT_CONTENT:
		return a->content_size == b->content_size && !memcmp(a->content, b->content, a->content_size);
	default:
		return false;
	}
}

/* Mark the bytes of every reference on one side that the other does not have likewise. */
static int mark_references(const struct kmend_delta *delta, const struct kmend_item *item, enum kmend_side side,
			   bool *differs, struct kmend_error *error)
{
	const struct kmend_object_symbol *here = kmend_item_symbol(item, side);
	enum kmend_side other = side == KMEND_SIDE_PRE ? KMEND_SIDE_POST : KMEND_SIDE_PRE;
	const struct kmend_object_symbol *there = kmend_item_symbol(item, other);
	const struct kmend_section *section = here->section;

	for (size_t i = kmend_section_first_relocation(section, here->value);
	     i < section->nr_relocations && section->relocations[i].offset < here->value + here->size; i++) {
		const struct kmend_relocation_entry *relocation = &section->relocations[i], *twin;
		uint64_t offset = relocation->offset - here->value, size = kmend_relocation_size(relocation->type);
		struct kmend_referent a, b;
		bool is_same = false;
		int r;

		twin = relocation_at(there, offset);
		if (twin && twin->type == relocation->type) {
			r = kmend_delta_refer(delta, side, section, relocation, &a, error);
			if (!r)
				r = kmend_delta_refer(delta, other, there->section, twin, &b, error);
			if (r < 0)
				return r;
			is_same = side == KMEND_SIDE_PRE ? is_same_referent(&a, &b) : is_same_referent(&b, &a);
		}
		for (uint64_t j = 0; j < size && offset + j < here->size; j++)
			differs[offset + j] = !is_same;
	}
	return 0;
}

int kmend_item_stretches(const struct kmend_delta *delta, const struct kmend_item *item,
			 struct kmend_stretch **ret_stretches, size_t *ret_nr_stretches, struct kmend_error *error)
{
	const uint8_t *pre = item->pre->section->data + item->pre->value;
	const uint8_t *post = item->post->section->data + item->post->value;
	_cleanup_free_ struct kmend_stretch *stretches = NULL;
	_cleanup_free_ bool *differs = NULL;
	uint64_t size = item->post->size, end;
	size_t nr_stretches = 0;
	int r;

	if (!datum_is_sealed(item->pre)) {
		*kmend_array_add(stretches, nr_stretches) = (struct kmend_stretch){ 0, size };
		*ret_stretches = kmend_steal(stretches);
		*ret_nr_stretches = nr_stretches;
		return 0;
	}
	differs = kmend_calloc(size, sizeof(*differs));
	for (uint64_t i = 0; i < size; i++)
		differs[i] = pre[i] != post[i];
	r = mark_references(delta, item, KMEND_SIDE_PRE, differs, error);
	if (!r)
		r = mark_references(delta, item, KMEND_SIDE_POST, differs, error);
	if (r < 0)
		return r;
	for (uint64_t from = 0; from < size; from = end) {
		for (end = from; end < size && differs[end] == differs[from]; end++)
			;
		if (differs[from])
			*kmend_array_add(stretches, nr_stretches) = (struct kmend_stretch){ from, end - from };
	}
	*ret_stretches = kmend_steal(stretches);
	*ret_nr_stretches = nr_stretches;
	return 0;
}
