// SPDX-License-Identifier: GPL-2.0
/*
 * An update module as it was before its target came for the first time. An update of a module belongs to it as if it
 * were a part of it: when the target comes again, its data must be new, too, and all that was sorted, linked or rewritten
 * for the target that has gone must be as the linker left it.
 *
 * Put back is all data but struct module, and of the code the sites of jump labels and static calls, which the kernel
 * expects in their first form. The rest of the code only changes by hands that go on using it: ftrace, and alternatives
 * on CPU hotplug.
 */
#include "kmend.h"

#include <linux/jump_label.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/static_call.h>

struct kmend_pristine {
	struct kmend_region regions[KMEND_MAX_REGIONS];
	u8 *copies[KMEND_MAX_REGIONS];
	u32 nr;
	u8 *percpu;
};

void kmend_pristine_free(struct kmend_pristine *pristine)
{
	u32 i;

	if (!pristine)
		return;
	for (i = 0; i < pristine->nr; i++)
		kvfree(pristine->copies[i]);
	kvfree(pristine->percpu);
	kfree(pristine);
}

struct kmend_pristine *kmend_pristine_take(const struct module *mod)
{
	struct kmend_pristine *pristine = kzalloc(sizeof(*pristine), GFP_KERNEL);
	unsigned long size;
	u32 i, nr;

	if (!pristine)
		return NULL;
	nr = kmend_inspect_regions(mod, pristine->regions);
	for (i = 0; i < nr; i++) {
		size = pristine->regions[i].end - pristine->regions[i].start;
		pristine->copies[i] = kvmalloc(max(size, 1ul), GFP_KERNEL);
		if (!pristine->copies[i])
			goto fail;
		pristine->nr++;
		memcpy(pristine->copies[i], (const void *)pristine->regions[i].start, size);
	}
#ifdef CONFIG_SMP
	if (mod->percpu_size) {
		pristine->percpu = kvmalloc(mod->percpu_size, GFP_KERNEL);
		if (!pristine->percpu)
			goto fail;
		memcpy(pristine->percpu, per_cpu_ptr(mod->percpu, 0), mod->percpu_size);
	}
#endif
	return pristine;
fail:
	kmend_pristine_free(pristine);
	return NULL;
}

/* All of a stretch of data but struct module, which the kernel works with all the time. */
static int restore_data(const struct kmend_region *region, const u8 *copy, const struct module *mod)
{
	unsigned long size = region->end - region->start, hole = (unsigned long)mod - region->start;
	struct kmend_alias alias;

	if (!size)
		return 0;
	if (kmend_alias_map(region->start, size, &alias))
		return -ENOMEM;
	if ((unsigned long)mod >= region->start && (unsigned long)mod < region->end) {
		memcpy(alias.start, copy, hole);
		memcpy(alias.start + hole + sizeof(*mod), copy + hole + sizeof(*mod), size - hole - sizeof(*mod));
	} else {
		memcpy(alias.start, copy, size);
	}
	kmend_alias_unmap(&alias);
	return 0;
}

struct text {
	const struct kmend_region *region;
	const u8 *copy;
	u8 *alias;
};

/* Sizes by what the linker left there: short and long jumps and nops of their sizes; calls, tail calls, conditional ones. */
static u32 site_size(const u8 *site)
{
	switch (site[0]) {
	case 0xeb: /* jmp rel8 */
	case 0x66: /* nop */
		return 2;
	case 0xe8: /* call rel32 */
	case 0xe9: /* jmp rel32 */
	case 0x2e: /* xor %eax, %eax with prefixes, for a call that returns 0 */
		return 5;
	case 0x0f: /* jcc rel32, or nop */
		return (site[1] & 0xf0) == 0x80 ? 6 : 5;
	default:
		return 0;
	}
}

static int restore_site(const struct text *text, unsigned long address, struct kmend_verdict *verdict)
{
	unsigned long offset = address - text->region->start, left = text->region->end - address;
	u32 size;

	if (address < text->region->start || address >= text->region->end)
		return 0; /* in init code, which is gone */
	size = left >= 6 ? site_size(text->copy + offset) : 0;
	if (!size)
		return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "no jump label or static call at %ps",
				    (void *)address);
	memcpy(text->alias + offset, text->copy + offset, size);
	return 0;
}

/* The tables have been restored. */
static int restore_sites(const struct text *text, const struct module *mod, const struct kmend_specials *specials,
			 struct kmend_verdict *verdict)
{
	int error = 0;
#if defined(CONFIG_JUMP_LABEL) && defined(CONFIG_HAVE_STATIC_CALL_INLINE)
	const struct static_call_site *call;
	u32 i;

	for (i = 0; i < specials->nr[0] && !error; i++)
		error = restore_site(text, jump_entry_code(&mod->jump_entries[i]), verdict);
	for (i = 0; i < specials->nr[1] && !error; i++) {
		call = &mod->static_call_sites[i];
		error = restore_site(text, (unsigned long)&call->addr + call->addr, verdict);
	}
#endif
	return error;
}

static void restore_percpu(const struct kmend_pristine *pristine, const struct module *mod)
{
#ifdef CONFIG_SMP
	int cpu;

	if (!pristine->percpu)
		return;
	for_each_possible_cpu (cpu)
		memcpy(per_cpu_ptr(mod->percpu, cpu), pristine->percpu, mod->percpu_size);
#endif
}

int kmend_pristine_restore(const struct kmend_pristine *pristine, const struct module *mod,
			   const struct kmend_specials *specials, struct kmend_verdict *verdict)
{
	struct text text = { .region = &pristine->regions[0], .copy = pristine->copies[0] };
	struct kmend_alias alias;
	int error = 0;
	u32 i;

	for (i = 1; i < pristine->nr && !error; i++)
		error = restore_data(&pristine->regions[i], pristine->copies[i], mod);
	if (error || kmend_alias_map(text.region->start, text.region->end - text.region->start, &alias))
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while making %s new", mod->name);
	restore_percpu(pristine, mod);
	text.alias = alias.start;
	error = restore_sites(&text, mod, specials, verdict);
	kmend_alias_unmap(&alias);
	return error;
}
