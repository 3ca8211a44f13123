// SPDX-License-Identifier: GPL-2.0
/* How much code the kernel rewrites at a place: by the table's entry, or by the instruction that is there. */
#include <string.h>

#include "rewrites.h"

#define CALL 0xe8
#define JMP 0xe9
#define JMP8 0xeb
#define CS_PREFIX 0x2e
#define NOP 0x90
#define INT3 0xcc

static const uint8_t nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
static const uint8_t nop2[] = { 0x66, 0x90 };

static const uint8_t *code_at(const struct kmend_special_entry *entry, uint32_t need)
{
	if (!entry->text->data || entry->place > entry->text->size || entry->text->size - entry->place < need)
		return NULL;
	return entry->text->data + entry->place;
}

uint32_t link_size_one(const struct kmend_special_entry *entry)
{
	return code_at(entry, 1) ? 1 : 0;
}

uint32_t link_size_eight(const struct kmend_special_entry *entry)
{
	return code_at(entry, 8) ? 8 : 0;
}

uint32_t link_size_four(const struct kmend_special_entry *entry)
{
	return code_at(entry, 4) ? 4 : 0;
}

uint32_t link_size_five(const struct kmend_special_entry *entry)
{
	return code_at(entry, 5) ? 5 : 0;
}

/* skip_addr(): what counts for itself, or must not be counted. objtool lists the tracer's calls, too. */
static const char *const not_counted[] = {
	"__fentry__",	   "error_entry",   "paranoid_entry",	"xen_error_entry",
	"__switch_to_asm", "ret_from_fork", "soft_restart_cpu", "relocate_kernel",
};

uint32_t link_size_call(const struct kmend_special_entry *entry)
{
	const struct kmend_section *text = entry->text;
	size_t i = kmend_section_first_relocation(text, entry->place), j;
	const uint8_t *code = code_at(entry, 5);

	if (!code)
		return 0;
	for (j = 0; j < KMEND_ARRAY_SIZE(not_counted) && i < text->nr_relocations; j++) {
		if (text->relocations[i].offset == entry->place + 1 &&
		    !strcmp(text->relocations[i].symbol->name, not_counted[j]))
			return SITE_NONE;
	}
	/* A call that objtool made nothing. */
	return code[0] == CALL ? 5 : SITE_NONE;
}

/* A call or jump by its opcode: with a CS prefix or on a condition it has 6 bytes. */
uint32_t link_size_branch(const struct kmend_special_entry *entry)
{
	const uint8_t *code = code_at(entry, 5);

	if (!code)
		return 0;
	if (code[0] == CALL || code[0] == JMP)
		return 5;
	if (code_at(entry, 6) && ((code[0] == CS_PREFIX && (code[1] == CALL || code[1] == JMP)) ||
				  (code[0] == 0x0f && (code[1] & 0xf0) == 0x80)))
		return 6;
	return 0;
}

uint32_t link_size_jump_label(const struct kmend_special_entry *entry)
{
	const uint8_t *code = code_at(entry, 2);

	if (!code)
		return 0;
	if (code[0] == JMP8 || !memcmp(code, nop2, sizeof(nop2)))
		return 2;
	code = code_at(entry, 5);
	return code && (code[0] == JMP || !memcmp(code, nop5, sizeof(nop5))) ? 5 : 0;
}

static const struct alternative_rules alternative_rules[] = {
	{ .entry_size = 12, .fill = NOP },
	{ .entry_size = 14,
	  .flags_at = 10,
	  .fill = INT3,
	  .shortens_backwards = true,
	  .moves_references = true,
	  .is_nested = true,
	  .jumps_over_nops = true },
};

const struct alternative_rules *link_alternative_rules(const struct kmend_special_entry *entry)
{
	size_t i;

	for (i = 0; i + 1 < KMEND_ARRAY_SIZE(alternative_rules); i++) {
		if (alternative_rules[i].entry_size == entry->row->entry_size)
			break;
	}
	return &alternative_rules[i];
}

/* Is the entry at `offset` of the same table about the same place? */
static bool is_same_place(const struct kmend_special_entry *entry, uint64_t offset)
{
	const struct kmend_section *table = entry->section;
	size_t i = kmend_section_first_relocation(table, offset);
	const struct kmend_relocation_entry *relocation = &table->relocations[i];

	return i < table->nr_relocations && relocation->offset == offset &&
	       relocation->symbol->section == entry->text &&
	       relocation->symbol->value + (uint64_t)relocation->addend == entry->place;
}

uint32_t link_size_alternative(const struct kmend_special_entry *entry)
{
	const struct kmend_section *table = entry->section;
	const uint32_t step = entry->row->entry_size, at = entry->row->code_size;
	uint8_t size = table->data[entry->offset + at];
	uint64_t other;

	if (!link_alternative_rules(entry)->is_nested)
		return size;
	for (other = entry->offset; other >= step && is_same_place(entry, other - step); other -= step) {
		if (table->data[other - step + at] > size)
			size = table->data[other - step + at];
	}
	for (other = entry->offset + step; other + step <= table->size && is_same_place(entry, other); other += step) {
		if (table->data[other + at] > size)
			size = table->data[other + at];
	}
	return size;
}

/* struct paravirt_patch_site: u8 *instr, u8 type, u8 len */
uint32_t link_size_paravirt(const struct kmend_special_entry *entry)
{
	return entry->section->data[entry->offset + 9];
}
