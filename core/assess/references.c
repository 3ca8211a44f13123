// SPDX-License-Identifier: GPL-2.0
#include "internal.h"

int references_visit(const struct kmend_delta *delta, enum kmend_side side, const struct kmend_item *item,
		     reference_visitor visit, void *context, struct kmend_error *error)
{
	const struct kmend_object_symbol *symbol = kmend_item_symbol(item, side);
	const struct kmend_section *section = symbol ? symbol->section : NULL;
	int r = 0;

	for (size_t i = section ? kmend_section_first_relocation(section, symbol->value) : 0;
	     !r && section && i < section->nr_relocations &&
	     section->relocations[i].offset < symbol->value + symbol->size;
	     i++) {
		struct kmend_referent referent = { 0 };

		r = kmend_delta_refer(delta, side, section, &section->relocations[i], &referent, error);
		if (!r)
			r = visit(&referent, &section->relocations[i], context);
	}
	return r;
}
