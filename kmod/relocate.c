// SPDX-License-Identifier: GPL-2.0
/*
 * Filling in the update module's references to symbols that are not exported. Its code is already
 * read-only and executable, but nobody runs it.
 */
#include "kmend.h"

struct aliases {
	struct kmend_region regions[KMEND_MAX_REGIONS];
	struct kmend_alias aliases[KMEND_MAX_REGIONS];
	u32 nr;
};

static void unmap(struct aliases *aliases)
{
	while (aliases->nr--)
		kmend_alias_unmap(&aliases->aliases[aliases->nr]);
}

static int map(struct aliases *aliases, const struct module *mod)
{
	u32 i, nr = kmend_inspect_regions(mod, aliases->regions);

	for (i = 0; i < nr; i++) {
		if (kmend_alias_map(aliases->regions[i].start, aliases->regions[i].end - aliases->regions[i].start,
				    &aliases->aliases[i])) {
			unmap(aliases);
			return -ENOMEM;
		}
		aliases->nr++;
	}
	return 0;
}

/* Where `size` bytes at the address can be written, or NULL. */
static u8 *writable(const struct aliases *aliases, unsigned long address, u32 size)
{
	const struct kmend_region *region;
	u32 i;

	for (i = 0; i < aliases->nr; i++) {
		region = &aliases->regions[i];
		if (address >= region->start && address < region->end && size <= region->end - address)
			return aliases->aliases[i].start + (address - region->start);
	}
	return NULL;
}

/* kallsyms knows the names of what the kernel freed after its start, and matched code may still refer to it. */
static bool is_freed(unsigned long address)
{
	return address >= (unsigned long)kmend_kernel.init_start && address < (unsigned long)kmend_kernel.init_end;
}

static int relocate(const struct kmend_target *target, const struct kmend_relocation *relocation,
		    const struct aliases *aliases, struct kmend_verdict *verdict)
{
	unsigned long place = (unsigned long)relocation->place;
	u32 size = kmend_field_size(relocation->type);
	const struct kmend_symbol *symbol = &target->symbols[relocation->symbol];
	u8 *bytes = size ? writable(aliases, place, size) : NULL;

	if (!bytes)
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "a relocation to %s is outside the module",
				    symbol->name);
	if (is_freed(symbol->value))
		return kmend_refuse(verdict, KMEND_REFUSE_SYMBOL_NOT_FOUND,
				    "%s was in memory that the kernel freed after its start", symbol->name);
	if (!kmend_field_write(relocation->type, bytes, place, symbol->value, relocation->addend))
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_REACH, "%s, from %ps", symbol->name,
				    relocation->place);
	return 0;
}

int kmend_relocate(const struct module *mod, const struct kmend_target *target, struct kmend_verdict *verdict)
{
	struct aliases aliases = {};
	int error = 0;
	u32 i;

	if (!target->nr_relocations)
		return 0;
	if (map(&aliases, mod))
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while relocating");
	for (i = 0; i < target->nr_relocations && !error; i++)
		error = relocate(target, &target->relocations[i], &aliases, verdict);
	unmap(&aliases);
	return error;
}
