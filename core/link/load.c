// SPDX-License-Identifier: GPL-2.0
/* An update module's tables in this process's memory, every pointer checked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../match/match.h"
#include "check.h"

static int damaged(const struct kmend_loaded *loaded, struct kmend_error *error, const char *what)
{
	return kmend_fail(error, KMEND_STATUS_DAMAGED, -EINVAL, "%s: %s", loaded->object->path, what);
}

static uint8_t *copy_of(const struct kmend_loaded *loaded, const struct kmend_section *section)
{
	return loaded->copies[section - loaded->object->sections];
}

/* Does a pointer lead to `count` elements of `size` bytes within one section, aligned as structures are? */
static bool leads_to(const struct kmend_loaded *loaded, const void *pointer, uint64_t count, uint64_t size)
{
	const uint8_t *at = pointer;
	size_t i;

	if (!count)
		return true;
	if (size > 1 && (uintptr_t)pointer % 8)
		return false;
	for (i = 0; i < loaded->object->nr_sections; i++) {
		const struct kmend_section *section = &loaded->object->sections[i];
		const uint8_t *start = loaded->copies[i];

		if (start && at >= start && at <= start + section->size)
			return count <= (start + section->size - at) / size;
	}
	return false;
}

static bool leads_to_string(const struct kmend_loaded *loaded, const char *text)
{
	size_t i;

	for (i = 0; i < loaded->object->nr_sections; i++) {
		const struct kmend_section *section = &loaded->object->sections[i];
		const char *start = (const char *)loaded->copies[i];

		if (start && text >= start && text < start + section->size)
			return memchr(text, 0, start + section->size - text);
	}
	return false;
}

static int copy_sections(struct kmend_loaded *loaded, struct kmend_error *error)
{
	size_t i;

	loaded->copies = kmend_calloc(loaded->object->nr_sections + 1, sizeof(*loaded->copies));
	for (i = 0; i < loaded->object->nr_sections; i++) {
		const struct kmend_section *section = &loaded->object->sections[i];

		if (!(section->flags & SHF_ALLOC))
			continue;
		if (!section->data && section->size > (64u << 20))
			return damaged(loaded, error, "a section is too large");
		loaded->copies[i] = kmend_calloc(section->size + 1, 1);
		if (section->data)
			memcpy(loaded->copies[i], section->data, section->size);
	}
	return 0;
}

/* The tables hold absolute pointers to the module's own sections and nothing else. */
static int relocate_tables(struct kmend_loaded *loaded, const struct kmend_section *tables, struct kmend_error *error)
{
	size_t i;

	for (i = 0; i < tables->nr_relocations; i++) {
		const struct kmend_relocation_entry *relocation = &tables->relocations[i];
		const struct kmend_section *section = relocation->symbol->section;
		uint64_t to = relocation->symbol->value + relocation->addend;
		uint8_t *pointer;

		if (relocation->type != R_X86_64_64 || !section || !copy_of(loaded, section) || to > section->size)
			return damaged(loaded, error, "a pointer of the tables leads out of the module");
		pointer = copy_of(loaded, section) + to;
		memcpy(copy_of(loaded, tables) + relocation->offset, &pointer, sizeof(pointer));
	}
	return 0;
}

static int check_function(const struct kmend_loaded *loaded, const struct kmend_function *function,
			  struct kmend_error *error)
{
	uint32_t i;

	if (!leads_to_string(loaded, function->name) || !leads_to_string(loaded, function->unit) ||
	    !leads_to(loaded, function->pre, function->pre_size, 1) ||
	    !leads_to(loaded, function->replacement, function->replacement_size, 1) ||
	    !leads_to(loaded, function->fields, function->nr_all_fields, sizeof(*function->fields)) ||
	    !leads_to(loaded, function->sites, function->nr_sites, sizeof(*function->sites)) ||
	    !leads_to(loaded, function->forms, function->nr_forms, sizeof(*function->forms)))
		return damaged(loaded, error, "a function's tables lead out of the module");
	for (i = 0; i < function->nr_forms; i++) {
		if (!leads_to(loaded, function->forms[i].bytes, function->forms[i].size, 1))
			return damaged(loaded, error, "a form leads out of the module");
	}
	return 0;
}

static int check_target(const struct kmend_loaded *loaded, const struct kmend_target *target, struct kmend_error *error)
{
	uint32_t i;
	int ret;

	if (!leads_to_string(loaded, target->name) || target->nr_functions > KMEND_MAX_FUNCTIONS ||
	    target->nr_symbols > KMEND_MAX_SYMBOLS || target->nr_relocations > KMEND_MAX_RELOCATIONS ||
	    !leads_to(loaded, target->functions, target->nr_functions, sizeof(*target->functions)) ||
	    !leads_to(loaded, target->symbols, target->nr_symbols, sizeof(*target->symbols)) ||
	    !leads_to(loaded, target->relocations, target->nr_relocations, sizeof(*target->relocations)))
		return damaged(loaded, error, "the target's tables lead out of the module");
	for (i = 0; i < target->nr_symbols; i++) {
		const struct kmend_symbol *symbol = &target->symbols[i];

		if (!leads_to_string(loaded, symbol->name) || !leads_to_string(loaded, symbol->unit) ||
		    !leads_to_string(loaded, symbol->object) ||
		    (symbol->kind == KMEND_SYMBOL_CONTENT &&
		     !leads_to(loaded, symbol->content, symbol->content_size, 1)) ||
		    !kmend_match_symbol_is_valid(symbol))
			return damaged(loaded, error, "a symbol is damaged");
	}
	for (i = 0; i < target->nr_relocations; i++) {
		const struct kmend_relocation *relocation = &target->relocations[i];
		static const uint8_t zeroes[8];

		if (!kmend_field_size(relocation->type) || relocation->symbol >= target->nr_symbols ||
		    !leads_to(loaded, relocation->place, kmend_field_size(relocation->type), 1) ||
		    memcmp(relocation->place, zeroes, kmend_field_size(relocation->type)))
			return damaged(loaded, error, "a relocation is damaged");
	}
	for (i = 0; i < target->nr_functions; i++) {
		ret = check_function(loaded, &target->functions[i], error);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int check_hooks(const struct kmend_loaded *loaded, const struct kmend_update *update, struct kmend_error *error)
{
	uint32_t i;

	if (update->nr_hooks > KMEND_MAX_HOOKS ||
	    !leads_to(loaded, update->hooks, update->nr_hooks, sizeof(*update->hooks)))
		return damaged(loaded, error, "the hooks lead out of the module");
	for (i = 0; i < update->nr_hooks; i++) {
		if (update->hooks[i].stage >= KMEND_NR_HOOK_STAGES || !leads_to_string(loaded, update->hooks[i].name) ||
		    !leads_to(loaded, (const void *)update->hooks[i].call, 1, 1))
			return damaged(loaded, error, "a hook is damaged");
	}
	return 0;
}

static int check_update(struct kmend_loaded *loaded, struct kmend_error *error)
{
	const struct kmend_update *update = loaded->update;
	uint32_t i;
	int ret;

	if (update->abi != KMEND_ABI_VERSION || update->size != sizeof(*update))
		return damaged(loaded, error, "the tables are of another version");
	if (!leads_to_string(loaded, update->id) || !kmend_id_is_valid(update->id) ||
	    !leads_to_string(loaded, update->description) || !leads_to_string(loaded, update->release) ||
	    !leads_to_string(loaded, update->version) || !update->nr_targets ||
	    !leads_to(loaded, update->targets, update->nr_targets, sizeof(*update->targets)))
		return damaged(loaded, error, "the update's tables lead out of the module");
	if (!leads_to(loaded, update->bases, update->nr_bases, sizeof(*update->bases)))
		return damaged(loaded, error, "the table of bases leads out of the module");
	for (i = 0; i < update->nr_bases; i++) {
		if (!leads_to_string(loaded, update->bases[i].id) || !kmend_id_is_valid(update->bases[i].id) ||
		    !leads_to_string(loaded, update->bases[i].digest))
			return damaged(loaded, error, "a base is damaged");
	}
	if (!leads_to(loaded, update->replaces, update->nr_replaces, sizeof(*update->replaces)))
		return damaged(loaded, error, "the table of replaced updates leads out of the module");
	for (i = 0; i < update->nr_replaces; i++) {
		if (!leads_to_string(loaded, update->replaces[i].id) || !kmend_id_is_valid(update->replaces[i].id))
			return damaged(loaded, error, "a replaced update is damaged");
	}
	for (i = 0; i < update->nr_targets; i++) {
		ret = check_target(loaded, &update->targets[i], error);
		if (ret < 0)
			return ret;
	}
	return check_hooks(loaded, update, error);
}

static int load(struct kmend_loaded *loaded, struct kmend_error *error)
{
	const struct kmend_object_symbol *symbol = kmend_object_symbol(loaded->object, KMEND_UPDATE_SYMBOL);
	const struct kmend_section *tables = symbol ? symbol->section : NULL;
	int ret = copy_sections(loaded, error);

	if (ret < 0)
		return ret;
	if (!tables || !copy_of(loaded, tables) || symbol->value % 8 || symbol->value > tables->size ||
	    tables->size - symbol->value < sizeof(struct kmend_update))
		return damaged(loaded, error, "this is no update module");
	ret = relocate_tables(loaded, tables, error);
	loaded->update = (struct kmend_update *)(copy_of(loaded, tables) + symbol->value);
	return ret ? ret : check_update(loaded, error);
}

static int load_object(struct kmend_object *object, struct kmend_loaded **ret_loaded, struct kmend_error *error)
{
	_cleanup_(kmend_loaded_guard) struct kmend_loaded *loaded = kmend_calloc(1, sizeof(*loaded));
	int ret;

	loaded->object = object;
	ret = load(loaded, error);
	if (ret < 0)
		return ret;
	*ret_loaded = kmend_steal(loaded);
	return 0;
}

int kmend_loaded_read(const char *path, struct kmend_loaded **ret_loaded, struct kmend_error *error)
{
	struct kmend_object *object;
	int ret = kmend_object_read(path, &object, error);

	return ret < 0 ? ret : load_object(object, ret_loaded, error);
}

int kmend_loaded_read_memory(const void *data, size_t size, const char *name, struct kmend_loaded **ret_loaded,
			     struct kmend_error *error)
{
	struct kmend_object *object;
	int ret = kmend_object_read_memory(data, size, name, &object, error);

	return ret < 0 ? ret : load_object(object, ret_loaded, error);
}

void kmend_loaded_free(struct kmend_loaded *loaded)
{
	size_t i;

	if (!loaded)
		return;
	for (i = 0; loaded->copies && i < loaded->object->nr_sections; i++)
		free(loaded->copies[i]);
	free(loaded->copies);
	kmend_object_free(loaded->object);
	free(loaded);
}
