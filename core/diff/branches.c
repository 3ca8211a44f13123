// SPDX-License-Identifier: GPL-2.0
/*
 * Branches without relocation. What the source puts into one section by name (.sched.text and its like) the compiler
 * does not split, and the assembler resolves calls among its functions itself. When one of them grows, all those
 * distances change: noise. So before and after are given the relocations that the assembler left out; then such a call
 * is compared, and copied, like any other. Short jumps get R_X86_64_PC8, which no kernel object has otherwise.
 */
#include <capstone/capstone.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define LONG_FIELD 4
#define SHORT_FIELD 1

static bool has_relocation(const struct kmend_section *section, uint64_t from, uint64_t to)
{
	size_t i = kmend_section_first_relocation(section, from);

	return i < section->nr_relocations && section->relocations[i].offset < to;
}

/* Where a direct branch goes; false: it is none. */
static bool branch_target(csh handle, const cs_insn *instruction, uint64_t *ret_target)
{
	const cs_x86 *detail = &instruction->detail->x86;

	if (!cs_insn_group(handle, instruction, CS_GRP_JUMP) && !cs_insn_group(handle, instruction, CS_GRP_CALL))
		return false;
	if (detail->op_count != 1 || detail->operands[0].type != X86_OP_IMM)
		return false;
	*ret_target = detail->operands[0].imm;
	return true;
}

/* Bytes of a direct branch's distance. Only jcc rel8, jmp rel8 and loops have two bytes. */
static uint64_t field_size(const cs_insn *instruction)
{
	return instruction->detail->x86.encoding.imm_size == SHORT_FIELD || instruction->size == 1 + SHORT_FIELD
		       ? SHORT_FIELD
		       : LONG_FIELD;
}

/* What was found, to be sorted in among the section's relocations. */
struct additions {
	struct kmend_relocation_entry *entries;
	size_t count;
};

static void note_branch(const struct kmend_object *object, struct kmend_section *section, const cs_insn *instruction,
			uint64_t target, struct additions *additions)
{
	struct kmend_object_symbol *symbol =
		target < section->size ? kmend_section_symbol_at(object, section, target) : NULL;
	uint64_t size = field_size(instruction);
	struct kmend_relocation_entry *entry;

	if (!symbol || symbol->type != STT_FUNC || instruction->size <= size)
		return;
	entry = kmend_array_add(additions->entries, additions->count);
	entry->offset = instruction->address + instruction->size - size;
	entry->type = size == SHORT_FIELD ? R_X86_64_PC8 : R_X86_64_PLT32;
	entry->symbol = symbol;
	entry->addend = (int64_t)(target - symbol->value) - (int64_t)size;
}

static void search_function(csh handle, cs_insn *instruction, const struct kmend_object *object,
			    struct kmend_section *section, const struct kmend_object_symbol *function,
			    struct additions *additions)
{
	const uint8_t *code = section->data + function->value;
	uint64_t address = function->value, end = function->value + function->size, target;
	size_t left = function->size;

	while (left) {
		if (!cs_disasm_iter(handle, &code, &left, &address, instruction)) {
			code++;
			address++;
			left--;
			continue;
		}
		if (branch_target(handle, instruction, &target) && (target < function->value || target >= end) &&
		    !has_relocation(section, instruction->address, address))
			note_branch(object, section, instruction, target, additions);
	}
}

static int compare_offsets(const void *a, const void *b)
{
	const struct kmend_relocation_entry *left = a, *right = b;

	if (left->offset != right->offset)
		return left->offset < right->offset ? -1 : 1;
	return (left->type > right->type) - (left->type < right->type);
}

static void merge(struct kmend_section *section, const struct additions *additions)
{
	struct kmend_relocation_entry *all = kmend_calloc(section->nr_relocations + additions->count, sizeof(*all));

	if (section->nr_relocations)
		memcpy(all, section->relocations, section->nr_relocations * sizeof(*all));
	memcpy(all + section->nr_relocations, additions->entries, additions->count * sizeof(*all));
	free(section->relocations);
	section->relocations = all;
	section->nr_relocations += additions->count;
	qsort(all, section->nr_relocations, sizeof(*all), compare_offsets);
}

static void search_section(csh handle, cs_insn *instruction, const struct kmend_object *object,
			   struct kmend_section *section)
{
	struct additions additions = { 0 };
	uint64_t at = 0;

	for (size_t i = 0; i < section->nr_sized; i++) {
		const struct kmend_object_symbol *function = section->sized[i];

		/* Aliases are at one place: once is enough. */
		if (function->type != STT_FUNC || function->value < at ||
		    function->size > section->size - function->value)
			continue;
		search_function(handle, instruction, object, section, function, &additions);
		at = function->value + function->size;
	}
	if (additions.count)
		merge(section, &additions);
	free(additions.entries);
}

void branches_relocate(struct kmend_object *object)
{
	cs_insn *instruction;
	csh handle;

	if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) != CS_ERR_OK)
		return;
	cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
	instruction = cs_malloc(handle);
	for (size_t i = 0; i < object->nr_sections; i++) {
		struct kmend_section *section = &object->sections[i];

		/* A section with one function only has none. */
		if (section->flags & SHF_EXECINSTR && section->data && section->nr_sized > 1)
			search_section(handle, instruction, object, section);
	}
	cs_free(instruction, 1);
	cs_close(&handle);
}
