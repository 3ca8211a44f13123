// SPDX-License-Identifier: GPL-2.0
/*
 * One update module, and its target.
 */
#include "update.h"

#include <linux/slab.h>
#include <linux/string.h>

struct kmend_part *kmend_part_new(struct kmend_instance *instance, struct module *mod, struct kmend_update *update)
{
	struct kmend_part *part = kzalloc(sizeof(*part), GFP_KERNEL);

	if (!part)
		return NULL;
	part->instance = instance;
	part->state = KMEND_TARGET_ARMED;
	part->module = mod;
	part->update = update;
	part->target = update->targets;
	strscpy(part->module_name, mod->name, sizeof(part->module_name));
	strscpy(part->target_name, part->target->name, sizeof(part->target_name));
	return part;
}

static void release_needs(struct kmend_part *part)
{
	u32 i;

	for (i = 0; i < part->nr_needs; i++)
		module_put(part->needs[i]);
	kfree(part->needs);
	part->needs = NULL;
	part->nr_needs = 0;
}

void kmend_part_unmatch(struct kmend_part *part)
{
	u32 i;

	/* Places in the kernel image go by a reversal only; those in a module go with it. */
	kmend_assert(!part->nr_places || part->object || part->instance->state != KMEND_STATE_APPLIED);
	release_needs(part);
	kmend_names_free(part->names);
	part->names = NULL;
	kvfree(part->values);
	part->values = NULL;
	for (i = 0; i < part->nr_places; i++)
		kmend_place_release(&part->places[i]);
	kvfree(part->places);
	part->places = NULL;
	part->nr_places = 0;
}

void kmend_part_forget(struct kmend_part *part)
{
	kmend_part_unmatch(part);
	kmend_pristine_free(part->pristine);
	part->pristine = NULL;
	part->module = NULL;
	part->update = NULL;
	part->target = NULL;
	part->object = NULL;
	part->is_registered = false;
}

void kmend_part_free(struct kmend_part *part)
{
	if (!part)
		return;
	if (part->object)
		kmend_target_leave(part);
	kmend_part_forget(part);
	kfree(part);
}

bool kmend_part_is_vmlinux(const struct kmend_part *part)
{
	return !strcmp(part->target_name, "vmlinux");
}

bool kmend_part_owns_text(const struct kmend_part *part, unsigned long address)
{
	if (kmend_part_is_vmlinux(part))
		return kmend_kernel.is_core_text(address);
	return part->object && kmend_inspect_is_text(part->object, address);
}

static bool is_within(unsigned long address, unsigned long start, unsigned long end, size_t size)
{
	return address >= start && address < end && size <= end - address;
}

bool kmend_part_owns_constant(const struct kmend_part *part, unsigned long address, size_t size)
{
	unsigned long start, end;

	if (kmend_part_is_vmlinux(part))
		return is_within(address, (unsigned long)kmend_kernel.rodata_start,
				 (unsigned long)kmend_kernel.rodata_end, size);
	if (!part->object)
		return false;
	kmend_inspect_rodata(part->object, &start, &end);
	if (is_within(address, start, end, size))
		return true;
	kmend_inspect_ro_after_init(part->object, &start, &end);
	return is_within(address, start, end, size);
}

const char *kmend_part_function_name(const struct kmend_part *part, unsigned long address, bool is_old,
				     unsigned long *ret_offset)
{
	const struct kmend_function *function;
	unsigned long start, size;
	u32 i;

	if (!part->target || (is_old && part->state != KMEND_TARGET_LOADED))
		return NULL;
	for (i = 0; i < part->target->nr_functions; i++) {
		function = &part->target->functions[i];
		if (function->role == KMEND_ROLE_DATUM)
			continue;
		start = is_old ? function->run_address : (unsigned long)function->replacement;
		size = is_old ? function->pre_size : function->replacement_size;
		if (address < start || address - start >= size)
			continue;
		*ret_offset = address - start;
		return function->name;
	}
	if (is_old || !kmend_inspect_is_text(part->module, address))
		return NULL;
	kmend_inspect_text(part->module, &start, &size);
	*ret_offset = address - start;
	return part->module_name;
}

/* Hold a module whose symbols the part uses. Each once. */
static int hold(struct kmend_part *part, struct module *mod, struct kmend_verdict *verdict)
{
	struct module **needs;
	u32 i;

	for (i = 0; i < part->nr_needs; i++) {
		if (part->needs[i] == mod)
			return 0;
	}
	needs = krealloc_array(part->needs, part->nr_needs + 1, sizeof(*needs), GFP_KERNEL);
	if (!needs)
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while holding %s", mod->name);
	part->needs = needs;
	if (!try_module_get(mod))
		return kmend_refuse(verdict, KMEND_REFUSE_SYMBOL_NOT_FOUND, "module %s is leaving", mod->name);
	part->needs[part->nr_needs++] = mod;
	return 0;
}

/*
 * What the part's code refers to must stay while that code may run: the parts and bases that brought new things, and
 * modules that export, as the loader holds them for the target itself. Never the target.
 */
static int hold_needs(struct kmend_part *part, struct kmend_verdict *verdict)
{
	const struct kmend_target *target = part->target;
	const struct kmend_part *other;
	const struct kmend_symbol *symbol;
	unsigned long address;
	struct module *mod;
	u32 i;
	int error = 0;

	for (i = 0; i < target->nr_relocations && !error; i++) {
		symbol = &target->symbols[target->relocations[i].symbol];
		if (symbol->kind == KMEND_SYMBOL_UPDATE) {
			error = kmend_base_find_symbol(part, symbol->object, symbol->name, &other, &address, verdict);
			if (!error)
				error = hold(part, other->module, verdict);
		} else if (symbol->kind == KMEND_SYMBOL_NAMED && *symbol->object && strcmp(symbol->object, "vmlinux") &&
			   strcmp(symbol->object, part->target_name)) {
			mod = kmend_symbols_module(symbol->object, MODULE_STATE_LIVE);
			if (mod)
				error = hold(part, mod, verdict);
		}
	}
	return error;
}

/* No function may be replaced already, but by a base. */
static int check_others(const struct kmend_part *part, struct kmend_verdict *verdict)
{
	const struct kmend_target *target = part->target;
	u32 i;
	int error = 0;

	for (i = 0; i < target->nr_functions && !error; i++) {
		if (target->functions[i].role != KMEND_ROLE_WITNESS)
			error = kmend_place_check_others(part, &target->functions[i], verdict);
	}
	return error;
}

int kmend_part_match(struct kmend_part *part, u32 *nr_jump_labels, struct kmend_verdict *verdict)
{
	u32 nr_symbols = max(part->target->nr_symbols, 1u);
	int error;

	part->values = kvcalloc(nr_symbols, sizeof(*part->values), GFP_KERNEL);
	if (!part->values)
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "%u symbols", nr_symbols);
	error = kmend_matching_locate(part, verdict);
	if (!error)
		error = hold_needs(part, verdict);
	if (!error)
		error = check_others(part, verdict);
	if (!error)
		error = kmend_relocate(part->module, part->target, verdict);
	if (!error)
		error = kmend_seal_jump_labels(part->module, nr_jump_labels, verdict);
	return error;
}

int kmend_part_load(struct kmend_part *part, struct kmend_verdict *verdict)
{
	int error = kmend_inspect_update(part->module, part->update, verdict);
	u32 nr_jump_labels = 0;

	if (!error)
		error = kmend_base_check_loaded(part, verdict);
	if (error)
		return error;
	if (!kmend_part_is_vmlinux(part))
		return kmend_target_load(part, verdict);
#ifdef CONFIG_JUMP_LABEL
	nr_jump_labels = part->module->num_jump_entries;
#endif
	error = kmend_part_match(part, &nr_jump_labels, verdict);
	if (error)
		return error;
#ifdef CONFIG_JUMP_LABEL
	part->module->num_jump_entries = nr_jump_labels;
#endif
	part->state = KMEND_TARGET_LOADED;
	return 0;
}
