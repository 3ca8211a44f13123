// SPDX-License-Identifier: GPL-2.0
/* One compilation: which symbols are items, and what its relocations refer to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* A function or datum in a section whose content is compared item by item. */
static bool is_item(const struct kmend_object_symbol *symbol)
{
	const struct kmend_special *row;

	if (!symbol->section || (symbol->type != STT_FUNC && symbol->type != STT_OBJECT))
		return false;
	if (!(symbol->section->flags & SHF_ALLOC))
		return false;
	row = kmend_special_of(symbol->section);
	/* Without a row of its own a section is compared as a whole, yet code may refer to what is in it. */
	return row->kind == KMEND_SPECIAL_ITEMS || (row->kind == KMEND_SPECIAL_LIST && !row->name[0]);
}

/* An empty symbol at the same place, or NULL. */
static struct kmend_object_symbol *empty_at(const struct side *side, const struct kmend_section *section,
					    uint64_t offset)
{
	for (size_t i = 0; i < side->nr_empty; i++)
		if (side->empty[i]->section == section && side->empty[i]->value == offset)
			return side->empty[i];
	return NULL;
}

/* The symbol that stands for all that start at this symbol's place. */
static struct kmend_object_symbol *canonical_at(struct side *side, struct kmend_object_symbol *symbol)
{
	struct kmend_object_symbol *at;

	if (!symbol->size) {
		at = empty_at(side, symbol->section, symbol->value);
		if (!at) {
			*kmend_array_add(side->empty, side->nr_empty) = symbol;
			at = symbol;
		}
		return at;
	}
	at = kmend_section_symbol_at(side->object, symbol->section, symbol->value);
	return at && at->value == symbol->value && is_item(at) ? at : symbol;
}

int side_prepare(struct side *side, struct kmend_object *object, struct kmend_error *error)
{
	side->object = object;
	side->item_of = kmend_calloc(object->nr_symbols, sizeof(*side->item_of));
	side->canonical_of = kmend_calloc(object->nr_symbols, sizeof(*side->canonical_of));
	side->canonical = kmend_calloc(object->nr_symbols, sizeof(*side->canonical));
	side->tails = kmend_calloc(object->nr_sections, sizeof(*side->tails));
	for (size_t i = 0; i < object->nr_symbols; i++) {
		struct kmend_object_symbol *symbol = &object->symbols[i];

		if (!is_item(symbol))
			continue;
		side->canonical_of[i] = canonical_at(side, symbol);
		if (side->canonical_of[i] == symbol)
			side->canonical[side->nr_canonical++] = symbol;
	}
	return kmend_special_index_make(object, &side->special, error);
}

void side_release(struct side *side)
{
	if (!side->object)
		return;
	for (size_t i = 0; side->tails && i < side->object->nr_sections; i++)
		free(side->tails[i]);
	free(side->tails);
	free(side->item_of);
	free(side->canonical_of);
	free(side->canonical);
	free(side->empty);
	kmend_special_index_free(side->special);
}

/* Bytes from a relative field in code to the end of its instruction. */
static int find_tail(const struct kmend_delta *delta, enum kmend_side which, const struct kmend_section *section,
		     const struct kmend_relocation_entry *relocation, unsigned int *ret_tail, struct kmend_error *error)
{
	struct side *side = delta_side(delta, which);
	uint8_t **tails = &side->tails[section - side->object->sections];
	unsigned int tail;

	*ret_tail = 0;
	if (!(section->flags & SHF_EXECINSTR) || !kmend_relocation_is_relative(relocation->type))
		return 0;
	if (!*tails)
		*tails = tails_of_section(section);
	tail = (*tails)[relocation - section->relocations];
	if (!tail)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL,
				  "%s: the instruction around 0x%llx of %s cannot be decoded", side->object->path,
				  (unsigned long long)relocation->offset, section->name);
	*ret_tail = tail;
	return 0;
}

static int find_content(const struct kmend_delta *delta, enum kmend_side which, struct kmend_referent *referent,
			struct kmend_error *error)
{
	const struct kmend_section *section = referent->section;
	const uint8_t *start, *end;

	if (!section->data || referent->offset < 0 || (uint64_t)referent->offset >= section->size)
		goto bad;
	start = section->data + referent->offset;
	if (section->flags & SHF_STRINGS) {
		/* Wide strings (entsize 2, 4) end in a NUL of that size. */
		size_t unit = section->entsize ? section->entsize : 1, size = 0;
		static const uint8_t nul[8];

		for (end = start; (size_t)(end - start) + unit <= section->size - referent->offset; end += unit) {
			if (unit <= sizeof(nul) && !memcmp(end, nul, unit)) {
				size = end - start + unit;
				break;
			}
		}
		if (!size)
			goto bad;
		referent->content_size = size;
	} else {
		if (!section->entsize || section->size - referent->offset < section->entsize)
			goto bad;
		referent->content_size = section->entsize - referent->offset % section->entsize;
	}
	referent->kind = KMEND_REFERENT_CONTENT;
	referent->content = start;
	return 0;
bad:
	return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL, "%s: a constant does not end in its section %s",
			  delta_side(delta, which)->object->path, section->name);
}

/* The symbol of an item for an offset in a section that a section symbol or a label gave. */
static struct kmend_object_symbol *symbol_for(struct side *side, const struct kmend_section *section, int64_t offset)
{
	struct kmend_object_symbol *symbol = NULL;

	if (offset >= 0)
		symbol = kmend_section_symbol_at(side->object, section, offset);
	if (symbol && !side->canonical_of[symbol->index])
		symbol = NULL;
	if (!symbol && offset >= 0)
		symbol = empty_at(side, section, offset);
	/*
	 * Code may calculate with an address before or behind a datum (array[i - 1], the end of an array). Where the
	 * section holds a single one there is no doubt which.
	 */
	if (!symbol && section->nr_sized == 1)
		symbol = section->sized[0];
	return symbol ? side->canonical_of[symbol->index] : NULL;
}

int kmend_delta_refer(const struct kmend_delta *delta, enum kmend_side which, const struct kmend_section *section,
		      const struct kmend_relocation_entry *relocation, struct kmend_referent *ret_referent,
		      struct kmend_error *error)
{
	struct kmend_object_symbol *symbol = relocation->symbol, *canonical;
	struct side *side = delta_side(delta, which);
	struct kmend_referent referent = { .symbol = symbol, .section = symbol->section };
	int r;

	r = find_tail(delta, which, section, relocation, &referent.tail, error);
	if (r < 0)
		return r;
	referent.offset = relocation->addend + referent.tail;
	if (!symbol->section) {
		referent.kind = KMEND_REFERENT_EXTERNAL;
		*ret_referent = referent;
		return 0;
	}
	canonical = side->canonical_of[symbol->index];
	referent.offset += symbol->value;
	if (symbol->section->flags & SHF_MERGE && !canonical) {
		r = find_content(delta, which, &referent, error);
		if (r < 0)
			return r;
		*ret_referent = referent;
		return 0;
	}
	if (!canonical)
		canonical = symbol_for(side, symbol->section, referent.offset);
	if (canonical) {
		referent.kind = KMEND_REFERENT_ITEM;
		referent.symbol = canonical;
		referent.item = side->item_of[canonical->index];
		referent.offset -= canonical->value;
	} else {
		referent.kind = KMEND_REFERENT_PLACE;
	}
	*ret_referent = referent;
	return 0;
}
