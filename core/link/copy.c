// SPDX-License-Identifier: GPL-2.0
/*
 * Replacement code: the changed and new functions of post and everything new they refer to, stretch by stretch.
 * What existed before is never copied; refer.c leads to the original.
 */
#include <string.h>

#include "internal.h"

#define TEXT_ALIGNMENT 16
#define INT3 0xcc

/* Where a stretch goes: by its section's name where the module loader knows that name, else by its flags. */
struct placement {
	const char *prefix;
	const char *output;
};

static const struct placement placements[] = {
	{ ".noinstr.text", ".noinstr.text" }, /* no probes there */
	{ ".kprobes.text", ".kprobes.text" },		{ ".altinstr_replacement", ".altinstr_replacement" },
	{ ".data..percpu", ".data..percpu" },		{ ".data..ro_after_init", ".data..ro_after_init" },
	{ ".data..read_mostly", ".data..read_mostly" }, { "__dyndbg", "__dyndbg" },
};

static const char *output_name(const struct kmend_section *section)
{
	size_t i;

	for (i = 0; i < KMEND_ARRAY_SIZE(placements); i++) {
		if (kmend_starts_with(section->name, placements[i].prefix))
			return placements[i].output;
	}
	if (section->flags & SHF_EXECINSTR)
		return ".text";
	if (section->type == SHT_NOBITS)
		return ".bss";
	return section->flags & SHF_WRITE ? ".data" : ".rodata";
}

/* What a stretch needs: at most its section's alignment, and no more than its place in the section shows. */
static uint64_t piece_align(const struct kmend_section *section, uint64_t from)
{
	uint64_t align = section->align ? section->align : 1;

	while (align > 1 && from % align)
		align /= 2;
	if (section->flags & SHF_EXECINSTR && kmend_special_of(section)->kind == KMEND_SPECIAL_ITEMS &&
	    align < TEXT_ALIGNMENT)
		align = TEXT_ALIGNMENT;
	return align;
}

const struct link_piece *link_piece_of_item(const struct linker *linker, const struct kmend_item *item)
{
	size_t i;

	for (i = 0; i < linker->nr_pieces; i++) {
		if (linker->pieces[i]->item == item)
			return linker->pieces[i];
	}
	return NULL;
}

static struct link_piece *find_piece(const struct linker *linker, const struct kmend_section *section, uint64_t from,
				     uint64_t to)
{
	size_t i;

	for (i = 0; i < linker->nr_pieces; i++) {
		struct link_piece *piece = linker->pieces[i];

		if (piece->section == section && piece->from == from && piece->to == to)
			return piece;
	}
	return NULL;
}

/*
 * The symbol of a copied thing. A function that the kernel has already gets a name of its own: were there two of a
 * name, the kernel would refuse probes by that name (6.1: number_of_same_symbols() in kernel/trace/trace_kprobe.c counts
 * those of modules, too).
 */
static void define_item(struct linker *linker, const struct link_piece *piece, uint64_t size)
{
	const struct kmend_item *item = piece->item;
	_cleanup_free_ char *name =
		kmend_format("%s%s", item->name, item->is_function && item->pre && !item->is_base_new ? ".kmend" : "");

	kmend_output_define(linker->output, name, STB_LOCAL, item->is_function ? STT_FUNC : STT_OBJECT, piece->output,
			    piece->offset, size);
}

struct link_piece *link_piece_add(struct linker *linker, const struct kmend_delta *delta,
				  const struct kmend_section *section, uint64_t from, uint64_t to,
				  struct kmend_item *item)
{
	const uint64_t flags = section->flags & (SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR);
	uint32_t type = section->type == SHT_NOBITS ? SHT_NOBITS : SHT_PROGBITS;
	const char *name = output_name(section);
	struct link_piece *piece = find_piece(linker, section, from, to);

	if (piece)
		return piece;
	piece = kmend_calloc(1, sizeof(*piece));
	*kmend_array_add(linker->pieces, linker->nr_pieces) = piece;
	piece->delta = delta;
	piece->section = section;
	piece->from = from;
	piece->to = to;
	piece->item = item;
	piece->owner = item;
	piece->output = kmend_output_section(linker->output, name, type, flags);
	piece->offset = kmend_output_append(piece->output, section->data ? section->data + from : NULL, to - from,
					    piece_align(section, from), flags & SHF_EXECINSTR ? INT3 : 0);
	if (flags & SHF_EXECINSTR && link_branches_room(section, from, to))
		kmend_output_append(piece->output, NULL, link_branches_room(section, from, to), 1, INT3);
	if (to == from) /* an empty thing has an address of its own, too */
		kmend_output_append(piece->output, NULL, 1, 1, 0);
	if (item)
		define_item(linker, piece, to - from);
	return piece;
}

struct kmend_item *link_new_global(struct kmend_delta *const *deltas, size_t nr_deltas, const char *name,
				   const struct kmend_delta **ret_delta)
{
	size_t i, j;

	for (i = 0; i < nr_deltas; i++) {
		for (j = 0; j < deltas[i]->nr_items; j++) {
			struct kmend_item *item = &deltas[i]->items[j];

			if (item->change != KMEND_CHANGE_NEW || !item->post || item->post->bind == STB_LOCAL ||
			    strcmp(item->post->name, name))
				continue;
			*ret_delta = deltas[i];
			return item;
		}
	}
	return NULL;
}

struct kmend_item *link_published(struct kmend_delta *const *deltas, size_t nr_deltas, const char *name,
				  const struct kmend_delta **ret_delta)
{
	size_t i;

	for (i = 0; i < nr_deltas; i++) {
		struct kmend_item *item = kmend_delta_published(deltas[i], name);

		if (!item)
			continue;
		*ret_delta = deltas[i];
		return item;
	}
	return NULL;
}

/* Does a unit of another part refer to that name? */
static bool is_wanted_elsewhere(const struct linker *linker, const char *name)
{
	const struct kmend_link_input *input = linker->input;
	size_t i, j;

	for (i = 0; i < input->nr_all_deltas; i++) {
		const struct kmend_object_symbol *symbol = kmend_object_symbol(input->all_deltas[i]->post, name);

		if (!symbol || symbol->section)
			continue;
		for (j = 0; j < input->nr_deltas && input->deltas[j] != input->all_deltas[i]; j++)
			;
		if (j == input->nr_deltas)
			return true;
	}
	return false;
}

static bool is_replaced(const struct kmend_delta *delta, const struct kmend_item *item)
{
	return item->is_function && item->post && !kmend_item_is_over(delta, item) &&
	       (item->change == KMEND_CHANGE_CHANGED || item->change == KMEND_CHANGE_NEW);
}

static void add_functions(struct linker *linker, const struct kmend_delta *delta)
{
	size_t i;

	for (i = 0; i < delta->nr_items; i++) {
		struct kmend_item *item = &delta->items[i];
		/* A function and what the compiler put aside of it go together, whichever of them changed. */
		bool goes_along = item->post && ((item->parent && is_replaced(delta, item->parent)) ||
						 (item->cold && item->cold->post && is_replaced(delta, item->cold)));

		bool is_wanted = item->change == KMEND_CHANGE_NEW && item->post && item->post->bind != STB_LOCAL &&
				 item->post->section && is_wanted_elsewhere(linker, item->post->name);

		if (is_replaced(delta, item) || goes_along || is_wanted || kmend_item_switches(item))
			link_piece_add(linker, delta, item->post->section, item->post->value,
				       item->post->value + item->post->size, item);
	}
}

static int finish_piece(struct linker *linker, struct link_piece *piece)
{
	const struct kmend_section *section = piece->section;
	size_t i = kmend_section_first_relocation(section, piece->from);
	int ret = 0;

	piece->is_done = true;
	for (; !ret && i < section->nr_relocations && section->relocations[i].offset < piece->to; i++) {
		if (section->relocations[i].type == R_X86_64_PC8)
			ret = link_branches_lengthen(linker, piece, &section->relocations[i]);
		else
			ret = link_refer(linker, piece, section, &section->relocations[i], piece->output,
					 piece->offset + section->relocations[i].offset - piece->from, false);
	}
	if (!ret && section->flags & SHF_EXECINSTR && piece->item)
		ret = link_branches_check(linker, piece);
	if (!ret && section->flags & SHF_EXECINSTR)
		ret = link_entries_copy(linker, piece);
	return ret;
}

int link_copy(struct linker *linker)
{
	size_t i;
	int ret = 0;

	/* First, so that the loader's rule for lock prefixes (only those in .text) is no surprise. */
	kmend_output_section(linker->output, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR);
	for (i = 0; i < linker->input->nr_deltas; i++)
		add_functions(linker, linker->input->deltas[i]);
	for (i = 0; i < linker->nr_pieces && !ret; i++) /* grows meanwhile */
		ret = finish_piece(linker, linker->pieces[i]);
	return ret;
}
