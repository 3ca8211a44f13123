// SPDX-License-Identifier: GPL-2.0
/*
 * Filling in the update module's references to symbols that are not exported. Runs while the module arrives: its code
 * is already read-only and executable, and nothing of it has run yet, so no CPU needs to be told of the change.
 */
#include "kmend.h"

static int relocate(const struct kmend_target *target, const struct kmend_relocation *relocation, unsigned long start,
		    unsigned long end, const struct kmend_alias *alias, struct kmend_verdict *verdict)
{
	unsigned long place = (unsigned long)relocation->place;
	u32 size = kmend_field_size(relocation->type);
	const struct kmend_symbol *symbol = &target->symbols[relocation->symbol];

	if (!size || place < start || place >= end || size > end - place)
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "a relocation to %s is outside the module",
				    symbol->name);
	if (!kmend_field_write(relocation->type, alias->start + (place - start), place, symbol->value,
			       relocation->addend))
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_REACH, "%s, from %ps", symbol->name,
				    relocation->place);
	return 0;
}

int kmend_relocate(const struct module *mod, const struct kmend_target *target, struct kmend_verdict *verdict)
{
	unsigned long start, end;
	struct kmend_alias alias;
	int error = 0;
	u32 i;

	if (!target->nr_relocations)
		return 0;
	kmend_inspect_core(mod, &start, &end);
	if (kmend_alias_map(start, end - start, &alias))
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while relocating");
	for (i = 0; i < target->nr_relocations && !error; i++)
		error = relocate(target, &target->relocations[i], start, end, &alias, verdict);
	kmend_alias_unmap(&alias);
	return error;
}
