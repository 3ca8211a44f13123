// SPDX-License-Identifier: GPL-2.0
/*
 * Branches without relocation of the assembler's own. core/diff/branches.c gave them one; what it could not tell is
 * refused here, for in a copy such a branch would miss. A short jump out of the copy cannot reach what it means: it
 * goes to a long one right behind the copy.
 */
#include <capstone/capstone.h>
#include <errno.h>
#include <string.h>

#include "internal.h"

#define JMP 0xe9
#define LONG_JUMP_SIZE 5
#define SHORT_REACH 127

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

int link_branches_check(struct linker *linker, const struct link_piece *piece)
{
	const struct kmend_section *section = piece->section;
	const uint8_t *code = section->data + piece->from;
	size_t left = piece->to - piece->from;
	uint64_t address = piece->from, target;
	cs_insn *instruction;
	csh handle;

	if (!left)
		return 0;
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) != CS_ERR_OK)
		return kmend_fail(linker->error, KMEND_STATUS_FAILURE, -EINVAL, "no decoder of x86-64 code");
	cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
	instruction = cs_malloc(handle);
	while (left) {
		if (!cs_disasm_iter(handle, &code, &left, &address, instruction)) {
			code++;
			address++;
			left--;
			continue;
		}
		if (branch_target(handle, instruction, &target) && (target < piece->from || target >= piece->to) &&
		    !has_relocation(section, instruction->address, address))
			link_reason(linker, "place-unknown", "%s: %s branches to %s+0x%llx, which begins no function",
				    piece->delta->unit, piece->owner ? piece->owner->name : section->name,
				    section->name, (unsigned long long)target);
	}
	cs_free(instruction, 1);
	cs_close(&handle);
	return 0;
}

size_t link_branches_room(const struct kmend_section *section, uint64_t from, uint64_t to)
{
	size_t i = kmend_section_first_relocation(section, from), count = 0;

	for (; i < section->nr_relocations && section->relocations[i].offset < to; i++)
		count += section->relocations[i].type == R_X86_64_PC8;
	return count * LONG_JUMP_SIZE;
}

int link_branches_lengthen(struct linker *linker, struct link_piece *piece,
			   const struct kmend_relocation_entry *relocation)
{
	uint64_t field = piece->offset + relocation->offset - piece->from, end = field + 1;
	uint64_t jump = piece->offset + piece->to - piece->from + piece->nr_long_jumps++ * LONG_JUMP_SIZE;
	uint8_t *bytes = (uint8_t *)piece->output->data.data;

	if (relocation->addend != -1) {
		link_reason(linker, "place-unknown", "%s: %s branches into %s", piece->delta->unit,
			    piece->owner ? piece->owner->name : piece->section->name, relocation->symbol->name);
		return 0;
	}
	if (jump - end > SHORT_REACH) {
		link_reason(linker, "branch-reach", "%s: a short jump of %s to %s cannot be made longer",
			    piece->delta->unit, piece->owner ? piece->owner->name : piece->section->name,
			    relocation->symbol->name);
		return 0;
	}
	bytes[field] = jump - end;
	bytes[jump] = JMP;
	return link_refer_branch(linker, piece, jump + 1, relocation->symbol);
}
