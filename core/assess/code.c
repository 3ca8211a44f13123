// SPDX-License-Identifier: GPL-2.0
#include "code.h"

#include "../base/str.h"

const char *code_named_by(const struct kmend_delta *delta, const struct kmend_section *section, uint64_t from,
			  uint64_t to, struct kmend_item **ret_item)
{
	size_t i = kmend_section_first_relocation(section, from);
	struct kmend_referent referent = { 0 };

	*ret_item = NULL;
	if (i >= section->nr_relocations || section->relocations[i].offset >= to ||
	    kmend_delta_refer(delta, KMEND_SIDE_PRE, section, &section->relocations[i], &referent, NULL) < 0)
		return NULL;
	if (referent.kind == KMEND_REFERENT_ITEM && referent.item && !referent.offset) {
		*ret_item = referent.item;
		return referent.item->name;
	}
	return referent.kind == KMEND_REFERENT_EXTERNAL ? referent.symbol->name : NULL;
}

bool instruction_is_in(const cs_insn *instruction, uint8_t group)
{
	for (size_t i = 0; i < instruction->detail->groups_count; i++)
		if (instruction->detail->groups[i] == group)
			return true;
	return false;
}

bool code_read(csh handle, const struct kmend_delta *delta, const struct kmend_item *item, struct code *code)
{
	const struct kmend_object_symbol *symbol = item->pre;

	*code = (struct code){ delta, symbol->section, symbol->value, symbol->value + symbol->size };
	if (!symbol->section || !symbol->section->data || !symbol->size || code->to > symbol->section->size)
		return false;
	code->count =
		cs_disasm(handle, symbol->section->data + code->from, symbol->size, code->from, 0, &code->instructions);
	return code->count;
}

bool code_is_whole(const struct code *code)
{
	return code->instructions[code->count - 1].address + code->instructions[code->count - 1].size == code->to;
}

/* The instruction that begins at an address; count: none does. */
static size_t index_at(const struct code *code, uint64_t address)
{
	size_t low = 0, high = code->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (code->instructions[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < code->count && code->instructions[low].address == address ? low : code->count;
}

const char *code_called_by(const struct code *code, const cs_insn *instruction)
{
	struct kmend_item *item;

	return instruction_is_in(instruction, X86_GRP_CALL)
		       ? code_named_by(code->delta, code->section, instruction->address,
				       instruction->address + instruction->size, &item)
		       : NULL;
}

bool code_leads_out(const struct code *code, size_t start, bool goes_on, bool *seen)
{
	_cleanup_free_ size_t *stack = kmend_calloc(code->count * 2 + 2, sizeof(*stack));
	bool is_out = false;
	size_t depth = 0;

	stack[depth++] = start;
	while (depth && (goes_on || !is_out)) {
		size_t i = stack[--depth];
		const cs_insn *instruction;
		struct kmend_item *item;

		if (i >= code->count) {
			is_out = true;
			continue;
		}
		if (seen[i])
			continue;
		seen[i] = true;
		instruction = &code->instructions[i];
		if (instruction->id == X86_INS_UD2)
			continue;
		if (instruction_is_in(instruction, X86_GRP_RET)) {
			is_out = true;
			continue;
		}
		if (instruction_is_in(instruction, X86_GRP_JUMP)) {
			const cs_x86 *x86 = &instruction->detail->x86;
			uint64_t target = x86->op_count == 1 && x86->operands[0].type == X86_OP_IMM
						  ? (uint64_t)x86->operands[0].imm
						  : UINT64_MAX;

			/* A relocated jump leaves for another function, a return thunk, or a cold part. */
			if (kmend_section_first_relocation(code->section, instruction->address) <
				    kmend_section_first_relocation(code->section,
								   instruction->address + instruction->size) ||
			    code_named_by(code->delta, code->section, instruction->address,
					  instruction->address + instruction->size, &item))
				is_out = true;
			else
				stack[depth++] = index_at(code, target);
		}
		if (instruction->id != X86_INS_JMP && !seen[i + 1])
			stack[depth++] = i + 1;
	}
	return is_out;
}
