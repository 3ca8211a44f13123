// SPDX-License-Identifier: GPL-2.0
/*
 * Branches without relocation. Functions that the source puts into one section by name (.sched.text and its like) are
 * not split by the compiler, and the assembler resolves calls among them itself. In a copy such a call would miss.
 */
#include <capstone/capstone.h>
#include <errno.h>

#include "internal.h"

#define FIELD_SIZE 4

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

static int follow(struct linker *linker, const struct link_piece *piece, const cs_insn *instruction, uint64_t target)
{
	const struct kmend_section *section = piece->section;
	struct kmend_object_symbol *symbol =
		target < section->size ? kmend_section_symbol_at(piece->delta->post, section, target) : NULL;
	uint64_t field = instruction->address + instruction->size - FIELD_SIZE;

	if (!symbol || symbol->type != STT_FUNC || symbol->value != target || instruction->size < 1 + FIELD_SIZE) {
		link_reason(linker, "place-unknown", "%s: %s branches to %s+0x%llx, which begins no function",
			    piece->delta->unit, piece->owner ? piece->owner->name : section->name, section->name,
			    (unsigned long long)target);
		return 0;
	}
	return link_refer_branch(linker, piece, field, symbol);
}

int link_branches_copy(struct linker *linker, const struct link_piece *piece)
{
	const struct kmend_section *section = piece->section;
	const uint8_t *code = section->data + piece->from;
	size_t left = piece->to - piece->from;
	uint64_t address = piece->from, target;
	cs_insn *instruction;
	int ret = 0;
	csh handle;

	if (!left)
		return 0;
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) != CS_ERR_OK)
		return kmend_fail(linker->error, KMEND_STATUS_FAILURE, -EINVAL, "no decoder of x86-64 code");
	cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
	instruction = cs_malloc(handle);
	while (left && !ret) {
		if (!cs_disasm_iter(handle, &code, &left, &address, instruction)) {
			code++;
			address++;
			left--;
			continue;
		}
		if (branch_target(handle, instruction, &target) && (target < piece->from || target >= piece->to) &&
		    !has_relocation(section, instruction->address, address))
			ret = follow(linker, piece, instruction, target);
	}
	cs_free(instruction, 1);
	cs_close(&handle);
	return ret;
}
