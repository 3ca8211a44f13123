// SPDX-License-Identifier: GPL-2.0
/* Entries of special sections about the replacement code, and what of them the module loader uses too early. */
#include <errno.h>
#include <string.h>

#include "internal.h"

#define CALL 0xe8
#define JMP 0xe9
#define INT3 0xcc
#define TEXT_ALIGNMENT 16

/*
 * What module_finalize() and ftrace_module_init() use before the notifier in which kmend.ko fills in references
 * (arch/x86/kernel/module.c, kernel/module/main.c): a reference to an unexported symbol cannot be in there.
 */
struct early_row {
	const char *section;
	const char *what;
};

static const struct early_row early_rows[] = {
	{ ".altinstructions", "an alternative" },
	{ ".altinstr_replacement", "an alternative's replacement" },
	{ ".parainstructions", "a paravirt call" },
	{ ".retpoline_sites", "a retpoline" },
	{ ".return_sites", "a return" },
	{ ".smp_locks", "a lock prefix" },
	{ "__mcount_loc", "an ftrace site" },
	{ ".data..percpu", "a per-CPU variable" }, /* each CPU has its copy already */
	{ "__ex_table", "an exception entry" },
	{ ".orc_unwind_ip", "an ORC entry" },
};

static const struct early_row *early_row(const char *section)
{
	size_t i;

	for (i = 0; i < KMEND_ARRAY_SIZE(early_rows); i++) {
		if (!strcmp(early_rows[i].section, section))
			return &early_rows[i];
	}
	return NULL;
}

static struct kmend_output_section *output_like(struct linker *linker, const struct kmend_section *section)
{
	return kmend_output_section(linker->output, section->name, SHT_PROGBITS,
				    section->flags & (SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR));
}

/* The replacement of an alternative goes along; one of no size leads to where its entry's code is. */
static int copy_fragment(struct linker *linker, const struct link_piece *piece, const struct kmend_special_entry *entry,
			 const struct kmend_relocation_entry *relocation, struct kmend_output_section *output,
			 uint64_t offset, bool *ret_is_done)
{
	const struct kmend_section *fragments = relocation->symbol->section;
	uint8_t size = entry->section->data[entry->offset + entry->row->fragment_size];
	uint64_t from = relocation->symbol->value + relocation->addend;

	*ret_is_done = false;
	if (!size) {
		kmend_output_relocate(output, offset, relocation->type, piece->output->symbol, piece->offset);
		*ret_is_done = true;
		return 0;
	}
	if (!fragments || from > fragments->size || size > fragments->size - from)
		return kmend_fail(linker->error, KMEND_STATUS_FAILURE, -EINVAL, "%s: %s is out of bounds",
				  piece->delta->unit, entry->row->what);
	link_piece_add(linker, piece->delta, fragments, from, from + size, NULL)->owner = piece->owner;
	return 0;
}

/* Entries are read as structures; objtool leaves its sections without alignment. */
static uint64_t entry_align(uint32_t size)
{
	uint64_t align = 8;

	while (size % align)
		align /= 2;
	return align;
}

static int copy_entry(struct linker *linker, const struct link_piece *piece, const struct kmend_special_entry *entry)
{
	const struct kmend_section *section = entry->section;
	struct kmend_output_section *output = output_like(linker, section);
	size_t i = kmend_section_first_relocation(section, entry->offset);
	uint64_t at = kmend_output_append(output, section->data + entry->offset, entry->row->entry_size,
					  entry_align(entry->row->entry_size), 0);
	bool is_done;
	int ret;

	for (; i < section->nr_relocations; i++) {
		const struct kmend_relocation_entry *relocation = &section->relocations[i];
		uint64_t field = relocation->offset - entry->offset;

		if (field >= entry->row->entry_size)
			break;
		if (entry->row->fragment != KMEND_NO_FIELD && field == (uint64_t)entry->row->fragment) {
			ret = copy_fragment(linker, piece, entry, relocation, output, at + field, &is_done);
			if (ret < 0)
				return ret;
			if (is_done)
				continue;
		}
		ret = link_refer(linker, piece, section, relocation, output, at + field, true);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static void copy_companion(struct linker *linker, const struct link_piece *piece,
			   const struct kmend_special_entry *entry)
{
	const struct kmend_special *row = entry->row;
	const struct kmend_section *companion = kmend_object_section(piece->delta->post, row->companion);

	kmend_output_append(output_like(linker, companion),
			    companion->data + entry->offset / row->entry_size * row->companion_size,
			    row->companion_size, entry_align(row->companion_size), 0);
}

/* Behind the code nothing is known of the stack: an entry of zeroes says so, lest the last one go on for ever. */
static void end_companion(struct linker *linker, const struct link_piece *piece,
			  const struct kmend_special_entry *entry)
{
	const struct kmend_special *row = entry->row;
	struct kmend_output_section *output = output_like(linker, entry->section);
	uint64_t at = kmend_output_append(output, NULL, row->entry_size, 1, 0);

	kmend_output_relocate(output, at, R_X86_64_PC32, piece->output->symbol,
			      piece->offset + piece->to - piece->from);
	kmend_output_append(kmend_output_find(linker->output, row->companion), NULL, row->companion_size, 1, 0);
}

static void note_early(struct linker *linker, const struct link_piece *piece, const struct kmend_special_entry *entry)
{
	const struct early_row *row = early_row(entry->section->name);
	struct link_early *early;

	if (!row || !entry->row->code_size)
		return;
	early = kmend_array_add(linker->early, linker->nr_early);
	early->section = piece->output;
	early->offset = piece->offset + entry->place - piece->from;
	early->size = entry->section->data[entry->offset + entry->row->code_size];
	early->what = row->what;
}

/* A number that the kernel puts into its code when it starts: kmend.ko does so for ours. */
static void fill_constant(struct linker *linker, const struct link_piece *piece,
			  const struct kmend_special_entry *entry)
{
	struct link_relocation *relocation;
	struct kmend_field field;

	if (!link_constant_field(linker, entry, &field))
		return;
	relocation = kmend_array_add(linker->relocations, linker->nr_relocations);
	relocation->section = piece->output;
	relocation->offset = piece->offset + entry->place - piece->from;
	relocation->type = field.type;
	relocation->symbol = field.symbol;
	relocation->from = piece->item ? piece->item->name : "code";
}

int link_entries_copy(struct linker *linker, const struct link_piece *piece)
{
	const struct kmend_special_entry *entries = NULL, *with_companion = NULL;
	size_t nr = kmend_special_index_range(kmend_delta_special(piece->delta, KMEND_SIDE_POST), piece->section,
					      piece->from, piece->to, &entries);
	size_t i;
	int ret;

	for (i = 0; i < nr; i++) {
		fill_constant(linker, piece, &entries[i]);
		if (!entries[i].row->is_kept)
			continue;
		ret = copy_entry(linker, piece, &entries[i]);
		if (ret < 0)
			return ret;
		note_early(linker, piece, &entries[i]);
		if (entries[i].row->companion) {
			copy_companion(linker, piece, &entries[i]);
			with_companion = &entries[i];
		}
	}
	if (with_companion)
		end_companion(linker, piece, with_companion);
	return 0;
}

/* Is the field the distance of a call or jump, so that the way may go over another jump? */
static bool is_branch(const struct link_relocation *relocation)
{
	const uint8_t *code = (const uint8_t *)relocation->section->data.data + relocation->offset;

	if (relocation->type != KMEND_FIELD_PC32 || relocation->addend != -4 || !relocation->offset ||
	    !(relocation->section->flags & SHF_EXECINSTR))
		return false;
	return code[-1] == CALL || code[-1] == JMP ||
	       (relocation->offset > 1 && code[-2] == 0x0f && (code[-1] & 0xf0) == 0x80);
}

/*
 * A call or jump in a place that is used early: it goes to a jump of the update's own, and that one kmend.ko fills in, which
 * is early enough for whoever calls it.
 */
static void go_round(struct linker *linker, struct link_relocation *relocation)
{
	static const uint8_t jump[] = { JMP, 0, 0, 0, 0 };
	struct kmend_output_section *text =
		kmend_output_section(linker->output, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR);
	uint64_t at = kmend_output_append(text, jump, sizeof(jump), TEXT_ALIGNMENT, INT3);

	kmend_output_relocate(relocation->section, relocation->offset, R_X86_64_PLT32, text->symbol, (int64_t)at - 4);
	relocation->section = text;
	relocation->offset = at + 1;
}

void link_early_check(struct linker *linker)
{
	size_t i, j;

	for (i = 0; i < linker->nr_relocations; i++) {
		struct link_relocation *relocation = &linker->relocations[i];
		const struct early_row *row = early_row(relocation->section->name);
		const char *what = row ? row->what : NULL;

		for (j = 0; j < linker->nr_early && !what; j++) {
			const struct link_early *early = &linker->early[j];

			if (early->section == relocation->section && relocation->offset >= early->offset &&
			    relocation->offset < early->offset + early->size)
				what = early->what;
		}
		if (what && is_branch(relocation))
			go_round(linker, relocation);
		else if (what)
			link_reason(linker, "early-unexported", "%s: %s refers to %s, which is not exported",
				    relocation->from, what, linker->symbols[relocation->symbol].name);
	}
}
