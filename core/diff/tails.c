// SPDX-License-Identifier: GPL-2.0
/* What only decoding tells: where instructions end. See also core/assess/stay.c. */
#include <capstone/capstone.h>
#include <string.h>

#include "internal.h"

static void close_guard(csh *handle)
{
	cs_close(handle);
}

static bool open_decoder(csh *ret_handle, bool has_detail)
{
	if (cs_open(CS_ARCH_X86, CS_MODE_64, ret_handle) != CS_ERR_OK)
		return false;
	cs_option(*ret_handle, CS_OPT_DETAIL, has_detail ? CS_OPT_ON : CS_OPT_OFF);
	return true;
}

/* Decode [from, to) and note for each relocation that lies in an instruction how far it is to the end. */
static void note_tails(csh handle, cs_insn *instruction, const struct kmend_section *section, uint64_t from,
		       uint64_t to, uint8_t *tails)
{
	const uint8_t *code = section->data + from;
	size_t left = to - from, i = kmend_section_first_relocation(section, from);
	uint64_t address = from;

	while (left) {
		uint64_t end;

		if (!cs_disasm_iter(handle, &code, &left, &address, instruction)) {
			/* Not an instruction (the bytes behind a trap): go on with the next byte. */
			code++;
			address++;
			left--;
			continue;
		}
		end = address;
		for (; i < section->nr_relocations && section->relocations[i].offset < end; i++) {
			const struct kmend_relocation_entry *relocation = &section->relocations[i];
			uint64_t start = end - instruction->size;

			if (relocation->offset > start &&
			    relocation->offset + kmend_relocation_size(relocation->type) <= end)
				tails[i] = end - relocation->offset;
		}
	}
}

uint8_t *tails_of_section(const struct kmend_section *section)
{
	uint8_t *tails = kmend_calloc(section->nr_relocations, 1);
	__attribute__((cleanup(close_guard))) csh handle = 0;
	cs_insn *instruction;
	uint64_t at = 0;

	if (!section->nr_relocations || !open_decoder(&handle, false))
		return tails;
	instruction = cs_malloc(handle);
	/* Start afresh at each function, lest padding or data between them put the decoder out of step. */
	for (size_t i = 0; i < section->nr_sized; i++) {
		const struct kmend_object_symbol *symbol = section->sized[i];

		if (symbol->type != STT_FUNC || symbol->value < at)
			continue;
		if (symbol->value > at)
			note_tails(handle, instruction, section, at, symbol->value, tails);
		note_tails(handle, instruction, section, symbol->value, symbol->value + symbol->size, tails);
		at = symbol->value + symbol->size;
	}
	if (at < section->size)
		note_tails(handle, instruction, section, at, section->size, tails);
	cs_free(instruction, 1);
	return tails;
}

uint64_t fragment_size(const struct kmend_section *section, uint64_t offset)
{
	__attribute__((cleanup(close_guard))) csh handle = 0;
	const uint8_t *code = section->data + offset;
	size_t left = section->size - offset;
	uint64_t address = offset, size = 0;
	cs_insn *instruction;

	if (!open_decoder(&handle, false))
		return 0;
	instruction = cs_malloc(handle);
	while (!size && cs_disasm_iter(handle, &code, &left, &address, instruction))
		if (instruction->id == X86_INS_JMP)
			size = address - offset;
	cs_free(instruction, 1);
	return size;
}

/* The bytes of an instruction that a relocation does not fill must agree; of jumps within the code only the kind. */
static bool has_relocation(const struct kmend_section *section, uint64_t from, uint64_t to)
{
	size_t i = kmend_section_first_relocation(section, from);

	return i < section->nr_relocations && section->relocations[i].offset < to;
}

static bool is_jump_or_call(csh handle, const cs_insn *instruction)
{
	return cs_insn_group(handle, instruction, CS_GRP_JUMP) || cs_insn_group(handle, instruction, CS_GRP_CALL);
}

struct decoder {
	const struct kmend_section *section;
	const uint8_t *code;
	size_t left;
	uint64_t address;
	cs_insn *instruction;
};

static bool decode_next(csh handle, struct decoder *decoder)
{
	return cs_disasm_iter(handle, &decoder->code, &decoder->left, &decoder->address, decoder->instruction);
}

static uint8_t skip_byte(struct decoder *decoder)
{
	decoder->left--;
	decoder->address++;
	return *decoder->code++;
}

static bool instructions_agree(csh handle, const struct decoder *a, const struct decoder *b)
{
	const cs_insn *left = a->instruction, *right = b->instruction;

	if (left->id != right->id)
		return false;
	if (is_jump_or_call(handle, left))
		return true;
	if (left->size != right->size)
		return false;
	if (has_relocation(a->section, left->address, left->address + left->size)) {
		/* The field's content differs; prefixes, opcode and the kind of operands must not. */
		return !strcmp(left->mnemonic, right->mnemonic) &&
		       !memcmp(left->detail->x86.opcode, right->detail->x86.opcode, 4) &&
		       left->detail->x86.modrm == right->detail->x86.modrm &&
		       left->detail->x86.sib == right->detail->x86.sib &&
		       left->detail->x86.rex == right->detail->x86.rex;
	}
	return !memcmp(left->bytes, right->bytes, left->size);
}

bool code_is_equivalent(const struct kmend_section *a, uint64_t a_from, uint64_t a_size, const struct kmend_section *b,
			uint64_t b_from, uint64_t b_size)
{
	struct decoder left = { a, a->data + a_from, a_size, a_from, NULL };
	struct decoder right = { b, b->data + b_from, b_size, b_from, NULL };
	__attribute__((cleanup(close_guard))) csh handle = 0;
	bool agrees = true;

	if (!open_decoder(&handle, true))
		return false;
	left.instruction = cs_malloc(handle);
	right.instruction = cs_malloc(handle);
	while (agrees && left.left && right.left) {
		bool is_known = decode_next(handle, &left);

		if (is_known != decode_next(handle, &right))
			agrees = false;
		else if (is_known)
			agrees = instructions_agree(handle, &left, &right);
		else /* an instruction that the decoder does not know (rdpkru): the bytes speak for themselves */
			agrees = skip_byte(&left) == skip_byte(&right);
	}
	if (left.left || right.left)
		agrees = false;
	cs_free(left.instruction, 1);
	cs_free(right.instruction, 1);
	return agrees;
}

/* Registers that hand arguments to functions, each with its parts. */
static const uint16_t argument_registers[][4] = {
	{ X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL }, { X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL },
	{ X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL },  { X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL },
	{ X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B }, { X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B },
};

static bool is_part_of(uint16_t register_id, const uint16_t parts[4])
{
	for (size_t i = 0; i < 4; i++)
		if (register_id == parts[i])
			return true;
	return false;
}

static bool touches(csh handle, const cs_insn *instruction, const uint16_t parts[4])
{
	cs_regs read, written;
	uint8_t nr_read = 0, nr_written = 0;

	if (cs_regs_access(handle, instruction, read, &nr_read, written, &nr_written) != CS_ERR_OK)
		return true;
	for (size_t i = 0; i < nr_read; i++)
		if (is_part_of(read[i], parts))
			return true;
	for (size_t i = 0; i < nr_written; i++)
		if (is_part_of(written[i], parts))
			return true;
	return false;
}

/* A string instruction reads what the register of the second argument leads to (movs, cmps), and only moves that on. */
#define SOURCE 1
static bool reads_string(const cs_insn *instruction)
{
	return (instruction->detail->x86.opcode[0] & ~3) == 0xa4 && !instruction->detail->x86.opcode[1];
}

/* gcc aligns what it copies, so it moves the source by as much as the destination. */
static bool moves_source(const cs_insn *instruction)
{
	const cs_x86_op *operands = instruction->detail->x86.operands;

	return (instruction->id == X86_INS_SUB || instruction->id == X86_INS_ADD) && operands[0].type == X86_OP_REG &&
	       operands[0].reg == X86_REG_RSI && operands[1].type == X86_OP_REG && operands[1].reg != X86_REG_RSI;
}

/*
 * What happens next to the register which an instruction just loaded? KMEND_USE_PASSED: a call; then that, or the jump that is
 * one, is the instruction decoded last; *ret_argument says which register, *ret_has_site whether there is a place on the
 * way that the kernel may make a jump of.
 */
static enum kmend_code_use follow(csh handle, struct decoder *decoder, unsigned int *ret_argument, bool *ret_has_site)
{
	const cs_x86_op *to = &decoder->instruction->detail->x86.operands[0];
	const uint16_t *parts = NULL;
	bool is_moved = false;

	*ret_has_site = false;
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(argument_registers); i++)
		if (to->type == X86_OP_REG && is_part_of(to->reg, argument_registers[i])) {
			parts = argument_registers[i];
			*ret_argument = i;
		}
	if (!parts || (decoder->instruction->id != X86_INS_MOV && decoder->instruction->id != X86_INS_LEA))
		return KMEND_USE_TAKEN;
	while (decoder->left && decode_next(handle, decoder)) {
		const cs_insn *next = decoder->instruction;

		if (cs_insn_group(handle, next, CS_GRP_CALL))
			return is_moved ? KMEND_USE_TAKEN : KMEND_USE_PASSED;
		if (next->id == X86_INS_JMP) /* a call at a function's end */
			return !is_moved && has_relocation(decoder->section, next->address, next->address + next->size)
				       ? KMEND_USE_PASSED
				       : KMEND_USE_TAKEN;
		if (*ret_argument == SOURCE && reads_string(next))
			return KMEND_USE_ACCESS;
		if (*ret_argument == SOURCE && moves_source(next)) {
			is_moved = true;
			continue;
		}
		if (cs_insn_group(handle, next, CS_GRP_JUMP) || touches(handle, next, parts))
			return KMEND_USE_TAKEN;
		*ret_has_site |= next->id == X86_INS_NOP && next->size > 1;
	}
	return KMEND_USE_TAKEN;
}

/* Is the field the address that the instruction loads? */
static bool is_field_taken(const struct decoder *decoder, uint64_t offset)
{
	const cs_insn *instruction = decoder->instruction;
	const cs_x86_encoding *encoding = &instruction->detail->x86.encoding;

	if (instruction->id == X86_INS_LEA)
		return encoding->disp_size && instruction->address + encoding->disp_offset == offset;
	return instruction->id == X86_INS_MOV && encoding->imm_size &&
	       instruction->address + encoding->imm_offset == offset;
}

/* What the instruction does with its field; it has been decoded. */
static enum kmend_code_use use_of_field(csh handle, struct decoder *decoder, uint64_t offset)
{
	const cs_insn *instruction = decoder->instruction;
	const cs_x86_encoding *encoding = &instruction->detail->x86.encoding;
	unsigned int argument;
	bool has_site;
	bool is_operand = encoding->disp_size && instruction->address + encoding->disp_offset == offset;

	if (is_operand && instruction->id != X86_INS_LEA)
		return KMEND_USE_ACCESS;
	if (!is_operand && (!encoding->imm_size || instruction->address + encoding->imm_offset != offset))
		return KMEND_USE_UNKNOWN;
	if (is_jump_or_call(handle, instruction))
		return KMEND_USE_ACCESS;
	if (instruction->id == X86_INS_CMP || instruction->id == X86_INS_SUB)
		return KMEND_USE_COMPARED;
	return follow(handle, decoder, &argument, &has_site);
}

/* Decode up to the instruction with the field. */
static bool decode_field(csh handle, struct decoder *decoder, uint64_t offset)
{
	while (decoder->left && decoder->address <= offset) {
		if (!decode_next(handle, decoder))
			skip_byte(decoder);
		else if (decoder->address > offset)
			return true;
	}
	return false;
}

enum kmend_code_use kmend_code_use(const struct kmend_section *section, uint64_t from, uint64_t size, uint64_t offset)
{
	__attribute__((cleanup(close_guard))) csh handle = 0;
	struct decoder decoder = { section, section->data + from, size, from, NULL };
	enum kmend_code_use use = KMEND_USE_UNKNOWN;

	if (!open_decoder(&handle, true))
		return use;
	decoder.instruction = cs_malloc(handle);
	if (decode_field(handle, &decoder, offset))
		use = use_of_field(handle, &decoder, offset);
	cs_free(decoder.instruction, 1);
	return use;
}

bool kmend_code_only_reads(const struct kmend_section *section, uint64_t from, uint64_t size, uint64_t offset)
{
	__attribute__((cleanup(close_guard))) csh handle = 0;
	struct decoder decoder = { section, section->data + from, size, from, NULL };
	bool reads = false;

	if (!open_decoder(&handle, true))
		return false;
	decoder.instruction = cs_malloc(handle);
	if (decode_field(handle, &decoder, offset)) {
		const cs_insn *instruction = decoder.instruction;
		const cs_x86 *detail = &instruction->detail->x86;

		reads = instruction->id != X86_INS_LEA && detail->encoding.disp_size &&
			instruction->address + detail->encoding.disp_offset == offset;
		for (uint8_t i = 0; i < detail->op_count; i++)
			reads &= detail->operands[i].type != X86_OP_MEM || !(detail->operands[i].access & CS_AC_WRITE);
	}
	cs_free(decoder.instruction, 1);
	return reads;
}

const struct kmend_relocation_entry *kmend_code_callee(const struct kmend_section *section, uint64_t from,
						       uint64_t size, uint64_t offset, unsigned int *ret_argument,
						       bool *ret_is_jump)
{
	__attribute__((cleanup(close_guard))) csh handle = 0;
	struct decoder decoder = { section, section->data + from, size, from, NULL };
	const struct kmend_relocation_entry *callee = NULL;
	unsigned int argument = 0;
	bool has_site = false, is_jump = false;
	size_t i;

	if (!open_decoder(&handle, true))
		return NULL;
	decoder.instruction = cs_malloc(handle);
	if (decode_field(handle, &decoder, offset) && is_field_taken(&decoder, offset) &&
	    follow(handle, &decoder, &argument, &has_site) == KMEND_USE_PASSED && !has_site) {
		is_jump = decoder.instruction->bytes[0] == 0xe9;
		i = kmend_section_first_relocation(section, decoder.instruction->address);
		if (i < section->nr_relocations && section->relocations[i].offset == decoder.instruction->address + 1 &&
		    (is_jump || decoder.instruction->bytes[0] == 0xe8))
			callee = &section->relocations[i];
	}
	cs_free(decoder.instruction, 1);
	if (!callee)
		return NULL;
	*ret_argument = argument;
	*ret_is_jump = is_jump;
	return callee;
}
