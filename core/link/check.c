// SPDX-License-Identifier: GPL-2.0
/* Matching a finished update module against the code it was built from, posed as the kernel would have it. */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../match/match.h"

/* A made-up kernel: sections at rising addresses, what other units define behind them; all in reach of each other. */
#define SECTIONS_AT 0xffffffff81000000ull
#define SECTION_STEP 0x00200000ull
#define EXTERNALS_AT 0xffffffffb0000000ull
#define EXTERNAL_STEP 64ull
#define ANYWHERE 0xffffffffaf000000ull
#define SMALL_VALUE 13ull /* what a variable holds that is used as a distance of bits */

static uint64_t section_address(const struct kmend_object *object, const struct kmend_section *section)
{
	return SECTIONS_AT + (section - object->sections) * SECTION_STEP;
}

static uint64_t symbol_address(const struct kmend_object *object, const struct kmend_object_symbol *symbol)
{
	if (symbol->section)
		return section_address(object, symbol->section) + symbol->value;
	return EXTERNALS_AT + (symbol - object->symbols) * EXTERNAL_STEP;
}

static const struct kmend_object *run_of(const struct kmend_function *function, struct kmend_delta *const *deltas,
					 size_t nr_deltas)
{
	size_t i;

	for (i = 0; i < nr_deltas; i++) {
		if (!strcmp(deltas[i]->unit, function->unit))
			return deltas[i]->run;
	}
	return NULL;
}

/* Where in the symbol the function begins: a datum's entry may be a part of it. */
static uint64_t inner_of(const struct kmend_function *function)
{
	return function->role == KMEND_ROLE_DATUM ? function->trampoline_offset : 0;
}

/* The function's own symbol: by name, and at the very place that the tables say. */
static const struct kmend_object_symbol *own_symbol(const struct kmend_object *run,
						    const struct kmend_function *function)
{
	size_t i;

	for (i = 0; i < run->nr_symbols; i++) {
		const struct kmend_object_symbol *symbol = &run->symbols[i];

		if (symbol->type != (function->role == KMEND_ROLE_DATUM ? STT_OBJECT : STT_FUNC) || !symbol->section ||
		    !symbol->section->data || symbol->value + inner_of(function) != function->section_offset)
			continue;
		if ((function->role == KMEND_ROLE_DATUM ? inner_of(function) + function->pre_size <= symbol->size
							: symbol->size == function->pre_size) &&
		    !strcmp(symbol->name, function->name))
			return symbol;
	}
	return NULL;
}

/* The address that the made-up kernel gives to a symbol of the tables. */
static uint64_t target_address(const struct kmend_symbol *symbol, const struct kmend_object *run)
{
	const struct kmend_section *section;
	const struct kmend_object_symbol *named;

	switch (symbol->kind) {
	case KMEND_SYMBOL_NAMED:
		named = kmend_object_symbol(run, symbol->name);
		return named ? symbol_address(run, named) : ANYWHERE;
	case KMEND_SYMBOL_SECTION:
		section = kmend_object_section(run, symbol->name);
		return section ? section_address(run, section) : ANYWHERE;
	case KMEND_SYMBOL_VALUE:
		return symbol->content_size == sizeof(uint32_t) ? SMALL_VALUE : ANYWHERE;
	default:
		return ANYWHERE;
	}
}

/* What a loader does, by the ELF specification alone: nothing of the tables is used. */
static void relocate(const struct kmend_object *run, const struct kmend_section *section, uint64_t from, uint64_t size,
		     uint8_t *bytes, uint64_t address)
{
	size_t i = kmend_section_first_relocation(section, from);

	for (; i < section->nr_relocations && section->relocations[i].offset < from + size; i++) {
		const struct kmend_relocation_entry *relocation = &section->relocations[i];
		uint64_t offset = relocation->offset - from;
		uint64_t value = symbol_address(run, relocation->symbol) + relocation->addend;

		if (kmend_relocation_is_relative(relocation->type))
			value -= address + offset;
		memcpy(bytes + offset, &value, kmend_relocation_size(relocation->type));
	}
}

static int pose_site(const struct kmend_target *target, const struct kmend_function *function,
		     const struct kmend_site *site, const struct kmend_form *form, const struct kmend_object *run,
		     uint8_t *bytes, uint64_t address)
{
	uint32_t i;

	memset(bytes, form->tail == KMEND_TAIL_INT3 ? 0xcc : 0x90, site->size);
	memcpy(bytes, form->bytes, form->size);
	for (i = 0; i < form->nr_fields; i++) {
		const struct kmend_field *field = &function->fields[form->first_field + i];

		if (!kmend_field_write(field->type, bytes + field->offset, address + field->offset,
				       target_address(&target->symbols[field->symbol], run), field->addend))
			return -EINVAL;
	}
	return 0;
}

int kmend_check_pose(const struct kmend_target *target, const struct kmend_function *function,
		     struct kmend_delta *const *deltas, size_t nr_deltas, unsigned int form, uint8_t **ret_bytes,
		     uint64_t *ret_address, struct kmend_error *error)
{
	const struct kmend_object *run = run_of(function, deltas, nr_deltas);
	const struct kmend_object_symbol *own = run ? own_symbol(run, function) : NULL;
	_cleanup_free_ uint8_t *bytes = NULL;
	uint64_t address;
	uint32_t i;

	if (!own)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL,
				  "the update holds %s (%s), which its object does not", function->name,
				  function->unit);
	address = symbol_address(run, own) + inner_of(function);
	bytes = kmend_calloc(1, function->pre_size + 8);
	memcpy(bytes, own->section->data + function->section_offset, function->pre_size);
	relocate(run, own->section, function->section_offset, function->pre_size, bytes, address);
	for (i = 0; i < function->nr_sites; i++) {
		const struct kmend_site *site = &function->sites[i];
		const struct kmend_form *chosen = &function->forms[site->first_form + form % site->nr_forms];

		if (pose_site(target, function, site, chosen, run, bytes + site->offset, address + site->offset))
			return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL,
					  "%s+0x%x: a form cannot hold its addresses", function->name, site->offset);
	}
	*ret_bytes = kmend_steal(bytes);
	*ret_address = address;
	return 0;
}

static int match_form(const struct kmend_target *target, const struct kmend_function *function,
		      struct kmend_delta *const *deltas, size_t nr_deltas, unsigned int form,
		      struct kmend_value *values, struct kmend_error *error)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	struct kmend_match_result result;
	uint64_t address;
	int ret = kmend_check_pose(target, function, deltas, nr_deltas, form, &bytes, &address, error);

	if (ret < 0)
		return ret;
	if (!kmend_match_function(function, target->symbols, bytes, address, NULL, values, &result))
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL,
				  "%s+0x%x (%s): the update's own code does not match: %s", function->name,
				  result.offset, function->unit, kmend_match_why_text(result.why));
	kmend_match_keep(function, values);
	return 0;
}

static int check_function(const struct kmend_target *target, const struct kmend_function *function,
			  struct kmend_delta *const *deltas, size_t nr_deltas, struct kmend_value *values,
			  struct kmend_error *error)
{
	struct kmend_match_result result;
	uint32_t i, nr_rounds = 1;
	int ret = 0;

	if (kmend_match_validate(function, target->symbols, target->nr_symbols, &result) != KMEND_MATCH_EQUAL)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL, "%s+0x%x (%s): the tables are unsound: %s",
				  function->name, result.offset, function->unit, kmend_match_why_text(result.why));
	for (i = 0; i < function->nr_sites; i++) {
		if (function->sites[i].nr_forms > nr_rounds)
			nr_rounds = function->sites[i].nr_forms;
	}
	for (i = 0; i < nr_rounds && !ret; i++)
		ret = match_form(target, function, deltas, nr_deltas, i, values, error);
	return ret;
}

/* Every address that kmend.ko is to fill in must be one that matching teaches, or a name. */
static int check_learnt(const struct kmend_target *target, const struct kmend_value *values, struct kmend_error *error)
{
	uint32_t i;

	for (i = 0; i < target->nr_relocations; i++) {
		uint32_t symbol = target->relocations[i].symbol;

		if (values[symbol].state != KMEND_VALUE_KNOWN && target->symbols[symbol].kind != KMEND_SYMBOL_NAMED &&
		    target->symbols[symbol].kind != KMEND_SYMBOL_UPDATE &&
		    target->symbols[symbol].kind != KMEND_SYMBOL_VALUE)
			return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL, "nothing tells where %s (%s) is",
					  target->symbols[symbol].name, target->symbols[symbol].unit);
	}
	return 0;
}

static int check_target(const struct kmend_target *target, struct kmend_delta *const *deltas, size_t nr_deltas,
			struct kmend_error *error)
{
	_cleanup_free_ struct kmend_value *values = kmend_calloc(target->nr_symbols + 1, sizeof(*values));
	uint32_t i;
	int ret = 0;

	for (i = 0; i < target->nr_functions && !ret; i++) {
		/* Names of different units have addresses of their own in the made-up kernels: each unit by itself. */
		if (i && strcmp(target->functions[i].unit, target->functions[i - 1].unit)) {
			uint32_t j;

			for (j = 0; j < target->nr_symbols; j++) {
				if (target->symbols[j].kind == KMEND_SYMBOL_NAMED)
					values[j] = (struct kmend_value){ 0 };
			}
		}
		ret = check_function(target, &target->functions[i], deltas, nr_deltas, values, error);
	}
	return ret ? ret : check_learnt(target, values, error);
}

int kmend_check_module(const char *path, struct kmend_delta *const *deltas, size_t nr_deltas, struct kmend_error *error)
{
	_cleanup_(kmend_loaded_guard) struct kmend_loaded *loaded = NULL;
	int ret = kmend_loaded_read(path, &loaded, error);
	uint32_t i;

	for (i = 0; !ret && i < loaded->update->nr_targets; i++)
		ret = check_target(&loaded->update->targets[i], deltas, nr_deltas, error);
	return ret;
}
