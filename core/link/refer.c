// SPDX-License-Identifier: GPL-2.0
/*
 * What a relocation of new code leads to: the copy of something new, an exported symbol (the module loader's
 * business), or the original of something that existed before (kmend.ko's business).
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

/* One relocation on its way from post to the update module. */
struct reference {
	struct linker *linker;
	const struct link_piece *piece;
	const struct kmend_delta
		*delta; /* of the unit that has the referent: the piece's, but for what another one publishes */
	const struct kmend_section *section;
	const struct kmend_relocation_entry *relocation;
	struct kmend_output_section *output;
	uint64_t offset; /* in output */
	struct kmend_referent referent;
};

static const char *piece_name(const struct link_piece *piece)
{
	return piece->owner ? piece->owner->name : piece->section->name;
}

/* An ordinary relocation: `offset` behind a place in the update module. */
static int to_output(const struct reference *reference, const struct kmend_output_section *section, int64_t offset)
{
	kmend_output_relocate(reference->output, reference->offset, reference->relocation->type, section->symbol,
			      offset - reference->referent.tail);
	return 0;
}

static int to_exported(const struct reference *reference, const char *name, const char *namespace, int64_t addend)
{
	struct kmend_strv *namespaces = &reference->linker->result->namespaces;

	if (*namespace && !kmend_strv_has(namespaces, namespace))
		kmend_strv_add(namespaces, namespace);
	kmend_output_relocate(reference->output, reference->offset, reference->relocation->type,
			      kmend_output_undefined(reference->linker->output, name), addend);
	return 0;
}

static struct link_relocation *to_symbol(const struct reference *reference, uint32_t symbol, int64_t addend)
{
	struct linker *linker = reference->linker;
	struct link_relocation *relocation;
	uint32_t type = link_field_type(reference->relocation->type);

	if (!type)
		link_reason(linker, "relocation-type", "%s: relocation type %u in %s", reference->piece->delta->unit,
			    reference->relocation->type, piece_name(reference->piece));
	relocation = kmend_array_add(linker->relocations, linker->nr_relocations);
	relocation->section = reference->output;
	relocation->offset = reference->offset;
	relocation->type = type;
	relocation->symbol = symbol;
	relocation->addend = addend;
	relocation->from = piece_name(reference->piece);
	return relocation;
}

/* Does code at this field go to the address, or reach through it, instead of taking it? */
static bool is_branch_or_access(const struct reference *reference)
{
	const struct kmend_section *section = reference->section;
	const struct link_piece *piece = reference->piece;

	if (reference->relocation->type == R_X86_64_PLT32)
		return true;
	return section->flags & SHF_EXECINSTR && section == piece->section &&
	       kmend_code_use(section, piece->from, piece->to - piece->from, reference->relocation->offset) ==
		       KMEND_USE_ACCESS;
}

/* Only who goes through the section's table reads it, and the table goes with the module. */
static bool is_description(const struct kmend_section *section)
{
	return kmend_special_of(section)->is_description;
}

/* Does it say something, rather than lead on to other things? A string, or what describes a message. */
static bool is_said(const struct reference *reference)
{
	const struct kmend_referent *referent = &reference->referent;

	return referent->section && (is_description(referent->section) || (referent->kind == KMEND_REFERENT_CONTENT &&
									   referent->section->flags & SHF_STRINGS));
}

/*
 * Is it handed to a function which does not keep it? While that runs, the return address into our code is on the stack, which
 * holds off the reversal; so what lasts longer than a call does not count.
 */
static bool is_lent(const struct reference *reference)
{
	const struct kmend_section *section = reference->section;
	const struct link_piece *piece = reference->piece;
	enum kmend_lent lent;

	if (!(section->flags & SHF_EXECINSTR) || section != piece->section)
		return false;
	lent = kmend_code_lends(section, piece->from, piece->to - piece->from, reference->relocation->offset);
	return lent == KMEND_LENT_WHOLE || (lent == KMEND_LENT_FOR_CALL && is_said(reference));
}

/* An address of something new may get into live data unless the instruction at hand cannot store it. */
static void note_escape(const struct reference *reference, bool is_entry, uint64_t size)
{
	bool is_code = reference->section->flags & SHF_EXECINSTR;
	_cleanup_free_ char *name = NULL;

	if (is_entry || !size || is_branch_or_access(reference) || is_description(reference->section) ||
	    is_lent(reference))
		return;
	name = link_referent_name(&reference->referent);
	reference->linker->result->escapes = true;
	link_note(reference->linker, "escapes",
		  "%s: %s%s holds the address of the new %s, which may get into live data",
		  reference->piece->delta->unit, piece_name(reference->piece), is_code ? "()" : "", name);
}

/* The part of a function's family that others know. */
static const struct kmend_item *root_of(const struct kmend_item *item)
{
	return item && item->parent ? item->parent : item;
}

/* The same function as the one this reference is in; its very start, other than for entries, is the original's. */
static bool is_within(const struct reference *reference, bool is_entry)
{
	const struct kmend_referent *referent = &reference->referent;

	if (!reference->piece->owner || root_of(reference->piece->owner) != root_of(referent->item))
		return false;
	return is_entry || referent->item->parent || referent->offset || !referent->item->run;
}

static int to_copy(const struct reference *reference)
{
	const struct kmend_referent *referent = &reference->referent;
	struct kmend_item *item = referent->item;
	struct link_piece *piece = link_piece_add(reference->linker, reference->delta, item->post->section,
						  item->post->value, item->post->value + item->post->size, item);

	return to_output(reference, piece->output, piece->offset + referent->offset);
}

static int to_original(const struct reference *reference)
{
	const struct kmend_referent *referent = &reference->referent;
	const struct kmend_object_symbol *run = referent->item->run;
	int64_t addend = referent->offset - referent->tail;
	struct linker *linker = reference->linker;
	struct link_relocation *relocation;
	const char *namespace;

	if (!run->section || run->bind == STB_WEAK) {
		to_symbol(reference,
			  run->section ? link_symbol_named(linker, run->name, "")
				       : link_symbol_undefined(linker, run->name),
			  addend);
		return 0;
	}
	if (link_is_vmlinux(linker) && run->bind == STB_GLOBAL &&
	    kmend_exports_has(linker->input->exports, run->name, &namespace))
		return to_exported(reference, run->name, namespace, addend);
	relocation = to_symbol(reference, link_symbol_section(linker, reference->delta, run->section),
			       addend + (int64_t)run->value);
	relocation->original = run;
	relocation->original_addend = addend;
	return 0;
}

/*
 * To what a base brought. Its memory outlives this update only as long as that base stays: were the address stored in live
 * data, nothing would keep it. 1: done, 0: no base holds it.
 */
static int to_base(const struct reference *reference, const char *name, bool is_function, bool is_entry, int64_t addend)
{
	struct linker *linker = reference->linker;
	const struct kmend_link_base *base;
	const char *there;

	switch (link_base_find(linker, name, is_function, &base, &there)) {
	case LINK_BASE_NONE:
		return 0;
	case LINK_BASE_AMBIGUOUS:
		link_reason(linker, "base-symbol-ambiguous", "%s: %s refers to %s, of which the base %s holds several",
			    reference->piece->delta->unit, piece_name(reference->piece), name, base->id);
		return 1;
	case LINK_BASE_FOUND:
		break;
	}
	if (!is_entry && !base->escapes && !is_branch_or_access(reference))
		link_reason(linker, "base-address-taken", "%s: %s takes the address of %s, which the base %s brought",
			    reference->piece->delta->unit, piece_name(reference->piece), name, base->id);
	to_symbol(reference, link_symbol_update(linker, there, base->id), addend);
	return 1;
}

/*
 * Memory of the start of the kernel, or of the target, is free by now. A function that the diff takes out of it, or a
 * constant, is brought along anew; anything else is not there any more.
 */
static int refer_over(const struct reference *reference, bool is_entry)
{
	const struct kmend_referent *referent = &reference->referent;
	const struct kmend_delta *delta = reference->piece->delta;
	const struct kmend_item *item = referent->item;
	const struct kmend_section *post = item->post->section;
	bool is_constant =
		!((item->pre ? item->pre : item->post)->section->flags & SHF_WRITE) && !(post->flags & SHF_WRITE);

	if (!kmend_section_is_over(delta, post) && (item->is_function || is_constant)) {
		note_escape(reference, is_entry, item->post->size);
		return to_copy(reference);
	}
	link_reason(reference->linker, "freed-reference", "%s: %s refers to %s, which lies in %s", delta->unit,
		    piece_name(reference->piece), item->name, (item->pre ? item->pre : item->post)->section->name);
	return 0;
}

static int refer_item(const struct reference *reference, bool is_entry)
{
	const struct kmend_referent *referent = &reference->referent;
	struct kmend_item *item = referent->item;
	bool is_of_base = item->is_base_new || (item->is_base_changed && !item->is_function);

	if (item->is_switched && item->run)
		return to_original(reference);
	if (is_within(reference, is_entry))
		return to_copy(reference);
	if (kmend_item_is_over(reference->piece->delta, item))
		return refer_over(reference, is_entry);
	if (item->is_carried && item->change == KMEND_CHANGE_CHANGED) {
		note_escape(reference, is_entry, item->post->size);
		return to_copy(reference);
	}
	if (is_of_base && (item->change == KMEND_CHANGE_SAME || !item->is_function) && item->post->size &&
	    to_base(reference, item->pre->name, item->is_function, is_entry, referent->offset - referent->tail))
		return 0;
	if (item->is_base_new) {
		/* It is carried again, or no base had use for it: new to the kernel either way. */
		note_escape(reference, is_entry, item->post->size);
		return to_copy(reference);
	}
	if (!item->pre || item->is_carried || (!item->is_function && !item->post->size) || link_is_copied(item)) {
		/* New, or of no size, so that its address alone counts (lock keys without lock debugging). */
		note_escape(reference, is_entry, item->post->size);
		return to_copy(reference);
	}
	if (!item->run) {
		link_reason(reference->linker, "place-unknown", "%s: %s, which %s refers to, was not found as it runs",
			    reference->piece->delta->unit, item->name, piece_name(reference->piece));
		return 0;
	}
	if (item->is_function && referent->offset)
		link_reason(reference->linker, "interior-reference", "%s: %s refers into %s",
			    reference->piece->delta->unit, piece_name(reference->piece), item->name);
	return to_original(reference);
}

/* A function or datum that another unit of the same target brings along. */
static const struct link_piece *new_elsewhere(const struct reference *reference, const char *name)
{
	const struct kmend_link_input *input = reference->linker->input;
	const struct kmend_delta *delta;
	struct kmend_item *item = link_new_global(input->deltas, input->nr_deltas, name, &delta);
	const struct link_piece *piece;

	if (!item)
		return NULL;
	piece = link_piece_of_item(reference->linker, item);
	return piece ? piece
		     : link_piece_add(reference->linker, delta, item->post->section, item->post->value,
				      item->post->value + item->post->size, item);
}

/* One that another part brings along: kmend.ko finds it there. */
static bool to_other_part(const struct reference *reference, const char *name, bool is_entry, int64_t addend)
{
	const struct kmend_link_input *input = reference->linker->input;
	const struct kmend_delta *delta;
	const struct kmend_item *item = link_new_global(input->all_deltas, input->nr_all_deltas, name, &delta);

	if (!item)
		return false;
	note_escape(reference, is_entry, item->post->size);
	to_symbol(reference, link_symbol_update(reference->linker, name, input->id), addend);
	return true;
}

/* Something of another unit that the change lets others name: its own name in the kernel may be somebody else's, too. */
static bool to_published(const struct reference *reference, bool is_entry)
{
	const struct kmend_link_input *input = reference->linker->input;
	struct reference published = *reference;

	published.referent.item =
		link_published(input->deltas, input->nr_deltas, reference->referent.symbol->name, &published.delta);
	if (!published.referent.item)
		return false;
	published.referent.kind = KMEND_REFERENT_ITEM;
	published.referent.symbol = published.referent.item->post;
	published.referent.section = published.referent.item->post->section;
	refer_item(&published, is_entry);
	return true;
}

/* Does a unit of the target, as it was compiled, define the name for others, or refer to it, so that it was linked? */
static bool is_in_target(const struct kmend_link_input *input, const char *name)
{
	size_t i, j;

	for (i = 0; i < input->nr_deltas; i++) {
		const struct kmend_object *const before[] = { input->deltas[i]->run, input->deltas[i]->pre };

		for (j = 0; j < KMEND_ARRAY_SIZE(before); j++) {
			const struct kmend_object_symbol *symbol = kmend_object_symbol(before[j], name);

			if (symbol && symbol->bind != STB_LOCAL &&
			    (symbol->shndx != SHN_UNDEF || symbol->bind != STB_WEAK))
				return true;
		}
	}
	return false;
}

static bool is_imported(const struct kmend_link_input *input, const char *name)
{
	size_t i;

	for (i = 0; i < input->nr_imports; i++)
		if (!strcmp(input->imports[i].name, name))
			return true;
	return false;
}

/* Neither what is exported nor what was compiled says that there is such a thing: whoever can look further is told. */
static void note_outside(const struct reference *reference, const char *name)
{
	struct linker *linker = reference->linker;
	struct kmend_link_result *result = linker->result;
	struct kmend_link_outside *outside;
	size_t i;

	if (is_in_target(linker->input, name) || is_imported(linker->input, name) ||
	    (!link_is_vmlinux(linker) && kmend_exports_owner(linker->input->exports, name)))
		return;
	for (i = 0; i < result->nr_outside; i++)
		if (!strcmp(result->outside[i].name, name))
			return;
	outside = kmend_array_add(result->outside, result->nr_outside);
	outside->name = kmend_strdup(name);
	outside->unit = reference->piece->delta->unit;
	outside->from = kmend_strdup(piece_name(reference->piece));
}

static int refer_external(const struct reference *reference, bool is_entry)
{
	const char *name = reference->referent.symbol->name, *namespace;
	int64_t addend = reference->relocation->addend;
	const struct link_piece *piece;
	bool is_function;

	if (reference->referent.symbol->shndx != SHN_UNDEF) {
		link_reason(reference->linker, "relocation-type", "%s: %s refers to the absolute symbol %s",
			    reference->piece->delta->unit, piece_name(reference->piece), name);
		return 0;
	}
	if (kmend_exports_has(reference->linker->input->exports, name, &namespace))
		return to_exported(reference, name, namespace, addend);
	piece = new_elsewhere(reference, name);
	if (!piece && link_base_brings(reference->linker, name, &is_function) &&
	    to_base(reference, name, is_function, is_entry, addend))
		return 0;
	if (piece) {
		note_escape(reference, is_entry, piece->to - piece->from);
		kmend_output_relocate(reference->output, reference->offset, reference->relocation->type,
				      piece->output->symbol, piece->offset + addend);
		return 0;
	}
	if (to_other_part(reference, name, is_entry, addend) || to_published(reference, is_entry))
		return 0;
	note_outside(reference, name);
	to_symbol(reference, link_symbol_undefined(reference->linker, name), addend);
	return 0;
}

/*
 * The same string in code that is matched. Then new code can refer to that very string, which outlives the update;
 * not in entries, which the module loader may use first.
 */
static bool find_original_string(const struct reference *reference, uint32_t *ret_symbol)
{
	const struct kmend_referent *referent = &reference->referent;
	const struct linker *linker = reference->linker;
	uint32_t i;

	for (i = 0; i < linker->nr_symbols; i++) {
		const struct link_symbol *symbol = &linker->symbols[i];

		if (symbol->kind == KMEND_SYMBOL_CONTENT && symbol->is_learnable &&
		    symbol->content_size == referent->content_size &&
		    !memcmp(symbol->content, referent->content, referent->content_size)) {
			*ret_symbol = i;
			return true;
		}
	}
	return false;
}

static int refer_content(const struct reference *reference, bool is_entry)
{
	const struct kmend_referent *referent = &reference->referent;
	uint64_t from = referent->content - referent->section->data;
	bool is_string = referent->section->flags & SHF_STRINGS;
	struct link_piece *piece;
	uint32_t symbol;

	if (is_string && !is_entry && find_original_string(reference, &symbol)) {
		to_symbol(reference, symbol, -(int64_t)referent->tail);
		return 0;
	}
	piece = link_piece_add(reference->linker, reference->piece->delta, referent->section, from,
			       from + referent->content_size, NULL);
	/* Numbers that code computes with are read at once; a string may be kept by whoever gets its address. */
	note_escape(reference, is_entry, is_string ? referent->content_size : 0);
	return to_output(reference, piece->output, piece->offset);
}

/* Where the fragment ends that begins at `from`: at the next one that any code refers to. */
static uint64_t fragment_end(const struct kmend_object *object, const struct kmend_section *fragments, uint64_t from)
{
	uint64_t end = fragments->size;
	size_t i, j;

	for (i = 0; i < object->nr_sections; i++) {
		const struct kmend_section *section = &object->sections[i];

		if (!(section->flags & SHF_EXECINSTR))
			continue;
		for (j = 0; j < section->nr_relocations; j++) {
			const struct kmend_relocation_entry *relocation = &section->relocations[j];
			uint64_t target = relocation->symbol->value + relocation->addend + 4;

			if (relocation->symbol->section == fragments &&
			    kmend_relocation_is_relative(relocation->type) && target > from && target < end)
				end = target;
		}
	}
	return end;
}

/*
 * Into a section that is written once the kernel, or the module, is linked: the original's content is the only one there
 * is, and it is at the same place if the section was not changed.
 */
static int refer_filled_in(const struct reference *reference)
{
	const struct kmend_referent *referent = &reference->referent;
	const struct kmend_delta *delta = reference->piece->delta;
	const struct kmend_section *run = kmend_object_section(delta->run, referent->section->name);
	struct linker *linker = reference->linker;
	struct link_relocation *relocation;
	size_t i;

	if (!run || !kmend_lists_are_same(delta->post, referent->section, delta->run, run)) {
		link_reason(linker, "filled-in-changed", "%s: %s refers to %s, which changed", delta->unit,
			    piece_name(reference->piece), referent->section->name);
		return 0;
	}
	relocation = to_symbol(reference, link_symbol_section(linker, delta, run), referent->offset - referent->tail);
	for (i = 0; i < delta->run->nr_symbols; i++) {
		const struct kmend_object_symbol *symbol = &delta->run->symbols[i];

		/* A list's name, not its first entry's: that one is numbered. */
		if (symbol->section != run || symbol->value != (uint64_t)referent->offset || symbol->size)
			continue;
		relocation->original = symbol;
		relocation->original_addend = -(int64_t)referent->tail;
	}
	return 0;
}

static int refer_place(const struct reference *reference)
{
	const struct kmend_referent *referent = &reference->referent;
	const struct kmend_section *section = referent->section;
	struct linker *linker = reference->linker;
	struct link_piece *piece;
	uint64_t offset = referent->offset;
	size_t i;

	if (kmend_special_of(section)->is_filled_in)
		return refer_filled_in(reference);
	for (i = 0; i < linker->nr_pieces; i++) {
		piece = linker->pieces[i];
		if (piece->section == section && offset >= piece->from &&
		    (offset < piece->to || (offset == piece->from && piece->to == piece->from)))
			return to_output(reference, piece->output, piece->offset + offset - piece->from);
	}
	if (referent->offset >= 0 && offset < section->size &&
	    kmend_special_of(section)->kind == KMEND_SPECIAL_FRAGMENTS) {
		piece = link_piece_add(linker, reference->piece->delta, section, offset,
				       fragment_end(reference->piece->delta->post, section, offset), NULL);
		piece->owner = reference->piece->owner;
	} else if (!section->size && !offset)
		piece = link_piece_add(linker, reference->piece->delta, section, 0, 0, NULL);
	else if (section->flags & SHF_ALLOC && !(section->flags & (SHF_WRITE | SHF_EXECINSTR)) && !section->nr_sized &&
		 kmend_special_of(section)->kind == KMEND_SPECIAL_ITEMS && offset < section->size)
		/* Constants without a name, whose section is the function's own: all of them. */
		piece = link_piece_add(linker, reference->piece->delta, section, 0, section->size, NULL);
	else {
		link_reason(linker, "place-unknown", "%s: %s refers to %s+0x%llx, which has no name",
			    reference->piece->delta->unit, piece_name(reference->piece), section->name,
			    (unsigned long long)offset);
		return 0;
	}
	return to_output(reference, piece->output, piece->offset + offset - piece->from);
}

int link_refer(struct linker *linker, const struct link_piece *piece, const struct kmend_section *section,
	       const struct kmend_relocation_entry *relocation, struct kmend_output_section *output, uint64_t offset,
	       bool is_entry)
{
	struct reference reference = {
		.linker = linker,
		.piece = piece,
		.delta = piece->delta,
		.section = section,
		.relocation = relocation,
		.output = output,
		.offset = offset,
	};
	size_t size = kmend_relocation_size(relocation->type);
	int ret;

	if (!size) {
		if (relocation->type != R_X86_64_NONE)
			link_reason(linker, "relocation-type", "%s: relocation type %u in %s", piece->delta->unit,
				    relocation->type, piece_name(piece));
		return 0;
	}
	ret = kmend_delta_refer(piece->delta, KMEND_SIDE_POST, section, relocation, &reference.referent, linker->error);
	if (ret < 0)
		return ret;
	/* The module loader takes a field for damaged unless it is zero. */
	memset(output->data.data + offset, 0, size);
	switch (reference.referent.kind) {
	case KMEND_REFERENT_EXTERNAL:
		return refer_external(&reference, is_entry);
	case KMEND_REFERENT_ITEM:
		return refer_item(&reference, is_entry);
	case KMEND_REFERENT_CONTENT:
		return refer_content(&reference, is_entry);
	case KMEND_REFERENT_PLACE:
		return refer_place(&reference);
	}
	return kmend_fail(linker->error, KMEND_STATUS_FAILURE, -EINVAL, "%s: a reference of no known kind",
			  piece->delta->unit);
}

int link_refer_branch(struct linker *linker, const struct link_piece *piece, uint64_t offset,
		      struct kmend_object_symbol *symbol)
{
	const struct kmend_relocation_entry relocation = {
		.type = R_X86_64_PLT32,
		.symbol = symbol,
		.addend = -4,
	};
	const struct reference reference = {
		.linker = linker,
		.piece = piece,
		.delta = piece->delta,
		.section = piece->section,
		.relocation = &relocation,
		.output = piece->output,
		.offset = offset,
		.referent = { .kind = KMEND_REFERENT_ITEM,
			      .symbol = symbol,
			      .item = kmend_delta_item(piece->delta, KMEND_SIDE_POST, symbol),
			      .section = symbol->section,
			      .tail = 4 },
	};

	if (!reference.referent.item)
		return kmend_fail(linker->error, KMEND_STATUS_FAILURE, -EINVAL, "%s: %s is no function of the unit",
				  piece->delta->unit, symbol->name);
	memset(reference.output->data.data + offset, 0, kmend_relocation_size(relocation.type));
	return refer_item(&reference, false);
}
