// SPDX-License-Identifier: GPL-2.0
/*
 * The places in running code that the kernel rewrites, and every form each may have.
 *
 * A site's forms come from the image of the compiled bytes, to which every rewriting step is applied in the kernel's
 * order, each in all its variants. So sites that lie in each other (a paravirt call in an alternative, a retpoline in
 * an alternative's replacement) need no treatment of their own. Facts: arch/x86/kernel/{alternative,paravirt,
 * static_call,jump_label}.c of Linux 6.1.
 */
#include <stdlib.h>
#include <string.h>

#include "../match/match.h"
#include "image.h"

#include <errno.h>

#define MAX_FORMS 1024 /* of one site; more would be a sign of a misreading */
#define INT3 0xcc
#define CALL 0xe8
#define JMP 0xe9
#define JMP8 0xeb
#define CS_PREFIX 0x2e

/* A parameter that the type of a row's function asks for. */
#define UNUSED(name) name __attribute__((unused))

static const uint8_t lfence[] = { 0x0f, 0xae, 0xe8 };
static const uint8_t nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
static const uint8_t nop2[] = { 0x66, 0x90 };

struct context {
	struct linker *linker;
	const struct kmend_delta *delta;
	const struct kmend_section *text;
};

/* One rewriting step at one place. */
struct step {
	const struct site_row *row;
	const struct kmend_special_entry *entry;
	uint64_t from; /* in the code section */
	uint32_t size;
};

/* Add to `set` what one image becomes; `at`: where the step's place is in the image. */
typedef int apply_step(struct context *context, const struct step *step, const struct image *image, size_t at,
		       struct image_set *set);
typedef uint32_t size_of_step(const struct kmend_special_entry *entry);

struct site_row {
	const char *section;
	uint32_t kind;
	uint32_t flags;
	unsigned int order; /* when the kernel does it */
	size_of_step *size;
	apply_step *apply;
};

static int build_images(struct context *context, const struct kmend_section *text, uint64_t from, uint32_t size,
			unsigned int before, struct image_set *set);

/* Sizes */

static const uint8_t *code_at(const struct kmend_special_entry *entry, uint32_t need)
{
	if (!entry->text->data || entry->place > entry->text->size || entry->text->size - entry->place < need)
		return NULL;
	return entry->text->data + entry->place;
}

static uint32_t size_one(const struct kmend_special_entry *entry)
{
	return code_at(entry, 1) ? 1 : 0;
}

static uint32_t size_four(const struct kmend_special_entry *entry)
{
	return code_at(entry, 4) ? 4 : 0;
}

static uint32_t size_five(const struct kmend_special_entry *entry)
{
	return code_at(entry, 5) ? 5 : 0;
}

/* A call or jump by its opcode: with a CS prefix or on a condition it has 6 bytes. */
static uint32_t size_branch(const struct kmend_special_entry *entry)
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

static uint32_t size_jump_label(const struct kmend_special_entry *entry)
{
	const uint8_t *code = code_at(entry, 2);

	if (!code)
		return 0;
	if (code[0] == JMP8 || !memcmp(code, nop2, sizeof(nop2)))
		return 2;
	code = code_at(entry, 5);
	return code && (code[0] == JMP || !memcmp(code, nop5, sizeof(nop5))) ? 5 : 0;
}

/* struct alt_instr: s32 instr, s32 replacement, u16 cpuid, u8 instrlen, u8 replacementlen */
static uint32_t size_alternative(const struct kmend_special_entry *entry)
{
	return entry->section->data[entry->offset + 10];
}

/* struct paravirt_patch_site: u8 *instr, u8 type, u8 len */
static uint32_t size_paravirt(const struct kmend_special_entry *entry)
{
	return entry->section->data[entry->offset + 9];
}

/* Steps */

static void put_branch(struct image *image, size_t at, const uint8_t *opcode, size_t opcode_size, uint32_t symbol)
{
	const struct kmend_field field = {
		.offset = at + opcode_size,
		.type = KMEND_FIELD_PC32,
		.symbol = symbol,
		.addend = -4,
	};

	image_put(image, at, opcode, opcode_size);
	image_put_field(image, &field);
}

static void add_branch(const struct image *image, size_t at, const uint8_t *opcode, size_t opcode_size, uint32_t symbol,
		       struct image_set *set)
{
	struct image copy = *image;

	put_branch(&copy, at, opcode, opcode_size, symbol);
	image_set_add(set, &copy);
}

static void add_bytes(const struct image *image, size_t at, const uint8_t *bytes, size_t size, struct image_set *set)
{
	struct image copy = *image;

	image_put(&copy, at, bytes, size);
	image_set_add(set, &copy);
}

/* A call to the tracer, or a no-operation instruction. */
static int apply_ftrace(struct context *context, const struct step *UNUSED(step), const struct image *image, size_t at,
			struct image_set *set)
{
	static const uint8_t call[] = { CALL };

	add_bytes(image, at, nop5, sizeof(nop5), set);
	add_branch(image, at, call, sizeof(call), link_symbol_any_text(context->linker), set);
	return 0;
}

/* patch_return(): a jump to the return thunk in force, or a plain return. */
static int apply_return(struct context *context, const struct step *UNUSED(step), const struct image *image, size_t at,
			struct image_set *set)
{
	static const uint8_t ret[] = { 0xc3, INT3, INT3, INT3, INT3 }, jmp[] = { JMP };
	uint32_t thunk = link_symbol_one_of(context->linker, "__x86_return_thunk|retbleed_return_thunk|"
							     "zen_return_thunk|srso_return_thunk|"
							     "srso_alias_return_thunk|its_return_thunk|"
							     "call_depth_return_thunk");

	add_bytes(image, at, ret, sizeof(ret), set);
	add_branch(image, at, jmp, sizeof(jmp), thunk, set);
	return 0;
}

/* Registers as their names in __x86_indirect_thunk_NAME are numbered in instructions. */
static const char *const registers[] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
					 "r8",	"r9",  "r10", "r11", "r12", "r13", "r14", "r15" };

/* What an ITS thunk consists of: jmp *REG; int3 (its_init_thunk()). It lies in memory that has no name. */
static const uint8_t its_thunks[][4] = {
	{ 0xff, 0xe0, INT3 },	    { 0xff, 0xe1, INT3 },	{ 0xff, 0xe2, INT3 },	    { 0xff, 0xe3, INT3 },
	{ 0xff, 0xe4, INT3 },	    { 0xff, 0xe5, INT3 },	{ 0xff, 0xe6, INT3 },	    { 0xff, 0xe7, INT3 },
	{ 0x41, 0xff, 0xe0, INT3 }, { 0x41, 0xff, 0xe1, INT3 }, { 0x41, 0xff, 0xe2, INT3 }, { 0x41, 0xff, 0xe3, INT3 },
	{ 0x41, 0xff, 0xe4, INT3 }, { 0x41, 0xff, 0xe5, INT3 }, { 0x41, 0xff, 0xe6, INT3 }, { 0x41, 0xff, 0xe7, INT3 },
};

static int thunk_register(const struct step *step)
{
	const struct kmend_section *text = step->entry->text;
	size_t i = kmend_section_first_relocation(text, step->from), reg;
	static const char prefix[] = "__x86_indirect_thunk_";

	if (i == text->nr_relocations || text->relocations[i].offset >= step->from + step->size ||
	    !kmend_starts_with(text->relocations[i].symbol->name, prefix))
		return -1;
	for (reg = 0; reg < KMEND_ARRAY_SIZE(registers); reg++) {
		if (!strcmp(text->relocations[i].symbol->name + sizeof(prefix) - 1, registers[reg]))
			return reg;
	}
	return -1;
}

/* One variant of patch_retpoline()'s inline branch; false: it does not fit. */
static bool put_indirect(struct image *image, size_t at, uint32_t size, const uint8_t *code, int reg, bool has_lfence)
{
	bool is_condition = code[0] == 0x0f, is_call = code[size - 5] == CALL;
	uint8_t bytes[16];
	uint32_t n = 0;

	if (is_condition) { /* jump over the rest on the inverted condition */
		bytes[n++] = 0x70 + ((code[1] & 0xf) ^ 1);
		bytes[n++] = size - 2;
		is_call = false;
	}
	if (has_lfence) {
		memcpy(bytes + n, lfence, sizeof(lfence));
		n += sizeof(lfence);
	}
	if (reg >= 8)
		bytes[n++] = 0x41;
	bytes[n++] = 0xff;
	bytes[n++] = (is_call ? 0xd0 : 0xe0) + reg % 8;
	if (!is_call && n < size)
		bytes[n++] = INT3;
	if (n > size)
		return false;
	image_put(image, at, bytes, n);
	image_put_nops(image, at + n, size - n);
	return true;
}

static int apply_retpoline(struct context *context, const struct step *step, const struct image *image, size_t at,
			   struct image_set *set)
{
	const uint8_t *code = step->entry->text->data + step->from;
	int reg = thunk_register(step), variant;
	const uint8_t *thunk;
	uint32_t symbol;

	if (reg < 0) {
		link_reason(context->linker, "site-forms", "%s: the retpoline at %s+0x%llx calls no thunk",
			    context->delta->unit, step->entry->text->name, (unsigned long long)step->from);
		return 0;
	}
	image_set_add(set, image); /* the thunk is called as compiled */
	for (variant = 0; variant < 2; variant++) {
		struct image copy = *image;

		if (put_indirect(&copy, at, step->size, code, reg, variant))
			image_set_add(set, &copy);
	}
	thunk = its_thunks[reg];
	symbol = link_symbol_content(context->linker, "an ITS thunk", thunk, reg < 8 ? 3 : 4);
	/* With its prefix, or the first byte of a jump on condition, as it was. */
	add_branch(image, at, code, step->size - 4, symbol, set);
	return 0;
}

/* paravirt_patch(): a direct call to whatever the hypervisor's operation is, or nothing. */
static int apply_paravirt(struct context *context, const struct step *step, const struct image *image, size_t at,
			  struct image_set *set)
{
	static const uint8_t call[] = { CALL };
	struct image copy = *image;

	image_set_add(set, image);
	image_put_nops(&copy, at, step->size);
	image_set_add(set, &copy);
	if (step->size >= 5) {
		put_branch(&copy, at, call, sizeof(call), link_symbol_any_text(context->linker));
		image_set_add(set, &copy);
	}
	return 0;
}

/* What the compiler left as padding behind the original instruction may be encoded anew, replaced or not. */
static void mark_padding(struct image *image, size_t at, uint32_t size)
{
	while (size && image->bytes[at + size - 1] == 0x90)
		image->is_nop[at + --size] = true;
}

/* recompute_jump(): a short jump where the target is near ahead. It can only be near if it lies in the same section. */
static void add_short_jump(struct context *context, const struct step *step, const struct image *image, size_t at,
			   struct image_set *set)
{
	struct image copy = *image;
	size_t i;

	for (i = 0; i < image->nr_fields; i++) {
		const struct kmend_field *field = &image->fields[i];
		const struct link_symbol *symbol;
		int64_t distance;
		uint8_t jump[2];

		symbol = &context->linker->symbols[field->symbol];
		if (field->offset != at + 1 || symbol->kind != KMEND_SYMBOL_SECTION ||
		    symbol->section != step->entry->text)
			continue;
		distance = field->addend + 4 - (int64_t)(step->from + sizeof(jump));
		if (distance < 0 || distance > 127)
			return;
		jump[0] = JMP8;
		jump[1] = distance;
		image_put(&copy, at, jump, sizeof(jump));
		image_put_nops(&copy, at + sizeof(jump), 5 - sizeof(jump));
		image_set_add(set, &copy);
		return;
	}
}

/* Only a 5-byte call or jump keeps its meaning when it is copied to another place. */
static bool may_move(const struct image *replacement)
{
	bool is_branch = replacement->size == 5 && (replacement->bytes[0] == CALL || replacement->bytes[0] == JMP);
	size_t i;

	for (i = 0; i < replacement->nr_fields; i++) {
		const struct kmend_field *field = &replacement->fields[i];

		if ((field->type == KMEND_FIELD_PC32 || field->type == KMEND_FIELD_PC64) &&
		    !(is_branch && field->offset == 1))
			return false;
	}
	return true;
}

static int apply_alternative(struct context *context, const struct step *step, const struct image *image, size_t at,
			     struct image_set *set)
{
	const struct kmend_section *table = step->entry->section;
	size_t i = kmend_section_first_relocation(table, step->entry->offset + 4);
	uint8_t size = table->data[step->entry->offset + 11];
	const struct kmend_relocation_entry *relocation;
	struct image_set replacements = { 0 };
	struct image copy = *image;
	uint64_t from;
	int ret;

	mark_padding(&copy, at, step->size);
	image_set_add(set, &copy);
	if (!size) {
		image_put_nops(&copy, at, step->size);
		image_set_add(set, &copy);
		return 0;
	}
	relocation = i < table->nr_relocations && table->relocations[i].offset == step->entry->offset + 4
			     ? &table->relocations[i]
			     : NULL;
	if (!relocation || !relocation->symbol->section)
		return kmend_fail(context->linker->error, KMEND_STATUS_FAILURE, -EINVAL,
				  "%s: an alternative without replacement", context->delta->unit);
	from = relocation->symbol->value + relocation->addend;
	if (size > step->size) { /* the kernel's macros see to it that it fits */
		link_reason(context->linker, "site-forms", "%s: the alternative at %s+0x%llx is longer than its place",
			    context->delta->unit, step->entry->text->name, (unsigned long long)step->from);
		return 0;
	}
	if (from > relocation->symbol->section->size || size > relocation->symbol->section->size - from)
		return kmend_fail(context->linker->error, KMEND_STATUS_FAILURE, -EINVAL,
				  "%s: an alternative's replacement is out of bounds", context->delta->unit);
	ret = build_images(context, relocation->symbol->section, from, size, step->row->order, &replacements);
	for (i = 0; i < replacements.nr_images; i++) {
		struct image *replacement = &replacements.images[i];

		copy = *image;
		mark_padding(replacement, 0, replacement->size);
		if (!may_move(replacement))
			link_reason(context->linker, "site-forms",
				    "%s: the alternative at %s+0x%llx holds a reference that cannot be moved",
				    context->delta->unit, step->entry->text->name, (unsigned long long)step->from);
		image_put_image(&copy, at, replacement);
		image_put_nops(&copy, at + size, step->size - size);
		image_set_add(set, &copy);
		if (size == 5 && replacement->bytes[0] == JMP && replacement->nr_fields)
			add_short_jump(context, step, &copy, at, set);
	}
	image_set_free(&replacements);
	return ret;
}

/* The lock prefix, or a segment override that means nothing, where one CPU is alone. */
static int apply_lock(struct context *UNUSED(context), const struct step *UNUSED(step), const struct image *image,
		      size_t at, struct image_set *set)
{
	static const uint8_t lock[] = { 0xf0 }, none[] = { 0x3e };

	add_bytes(image, at, lock, 1, set);
	add_bytes(image, at, none, 1, set);
	return 0;
}

/* apply_ibt_endbr(): endbr64, or the same without its meaning. */
static int apply_endbr(struct context *UNUSED(context), const struct step *UNUSED(step), const struct image *image,
		       size_t at, struct image_set *set)
{
	static const uint8_t endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa }, poison[] = { 0x66, 0x0f, 0x1f, 0x00 };

	add_bytes(image, at, endbr, sizeof(endbr), set);
	add_bytes(image, at, poison, sizeof(poison), set);
	return 0;
}

/* __static_call_transform(): a branch to the function of the day, or its equivalent where there is none. */
static int apply_static_call(struct context *context, const struct step *step, const struct image *image, size_t at,
			     struct image_set *set)
{
	static const uint8_t zero[] = { 0x2e, 0x2e, 0x2e, 0x31, 0xc0 };
	static const uint8_t ret[] = { 0xc3, INT3, INT3, INT3, INT3 };
	const uint8_t *code = step->entry->text->data + step->from;

	add_branch(image, at, code, step->size - 4, link_symbol_any_text(context->linker), set);
	if (code[0] == CALL) {
		add_bytes(image, at, nop5, sizeof(nop5), set);
		add_bytes(image, at, zero, sizeof(zero), set);
	} else if (code[0] == JMP) {
		add_bytes(image, at, ret, sizeof(ret), set);
	}
	return 0;
}

/* __jump_label_patch(): a jump to the entry's target, or a no-operation instruction of the same size. */
static int apply_jump_label(struct context *context, const struct step *step, const struct image *image, size_t at,
			    struct image_set *set)
{
	const struct kmend_section *table = step->entry->section;
	size_t i = kmend_section_first_relocation(table, step->entry->offset + 4);
	struct image copy = *image;
	uint8_t jump[5] = { step->size == 2 ? JMP8 : JMP };
	const struct kmend_object_symbol *symbol;
	int32_t distance;
	uint64_t target;

	if (i == table->nr_relocations || table->relocations[i].offset != step->entry->offset + 4 ||
	    !table->relocations[i].symbol->section)
		return kmend_fail(context->linker->error, KMEND_STATUS_FAILURE, -EINVAL,
				  "%s: a jump label without target", context->delta->unit);
	symbol = table->relocations[i].symbol;
	target = symbol->value + table->relocations[i].addend;
	add_bytes(image, at, step->size == 2 ? nop2 : nop5, step->size, set);
	if (symbol->section == step->entry->text) {
		distance = target - (step->from + step->size);
		memcpy(jump + 1, &distance, step->size - 1);
		image_put(&copy, at, jump, step->size);
	} else {
		put_branch(&copy, at, jump, 1, link_symbol_section(context->linker, context->delta, symbol->section));
		copy.fields[copy.nr_fields - 1].addend = (int64_t)target - 4;
	}
	image_set_add(set, &copy);
	return 0;
}

/* In the order of alternative_instructions(); what may happen at any time comes last. */
static const struct site_row site_rows[] = {
	{ ".parainstructions", KMEND_SITE_PARAVIRT, 0, 1, size_paravirt, apply_paravirt },
	{ ".retpoline_sites", KMEND_SITE_RETPOLINE, 0, 2, size_branch, apply_retpoline },
	{ ".return_sites", KMEND_SITE_RETURN, 0, 3, size_five, apply_return },
	{ ".altinstructions", KMEND_SITE_ALTERNATIVE, 0, 4, size_alternative, apply_alternative },
	{ ".ibt_endbr_seal", KMEND_SITE_ENDBR, 0, 5, size_four, apply_endbr },
	{ ".smp_locks", KMEND_SITE_LOCK_PREFIX, KMEND_SITE_REWRITTEN_LATER, 6, size_one, apply_lock },
	{ "__jump_table", KMEND_SITE_JUMP_LABEL, KMEND_SITE_REWRITTEN_LATER, 7, size_jump_label, apply_jump_label },
	{ ".static_call_sites", KMEND_SITE_STATIC_CALL, KMEND_SITE_REWRITTEN_LATER, 8, size_branch, apply_static_call },
	{ "__mcount_loc", KMEND_SITE_FTRACE, KMEND_SITE_REWRITTEN_LATER, 9, size_five, apply_ftrace },
};

static const struct site_row *row_of(const struct kmend_special_entry *entry)
{
	size_t i;

	for (i = 0; i < KMEND_ARRAY_SIZE(site_rows); i++) {
		if (!strcmp(site_rows[i].section, entry->section->name))
			return &site_rows[i];
	}
	return NULL;
}

static int compare_places(const void *a, const void *b)
{
	const struct step *left = a, *right = b;

	if (left->from != right->from)
		return left->from < right->from ? -1 : 1;
	return (left->size > right->size) - (left->size < right->size);
}

static int compare_orders(const void *a, const void *b)
{
	const struct step *left = a, *right = b;

	if (left->row->order != right->row->order)
		return left->row->order < right->row->order ? -1 : 1;
	return (left->entry->offset > right->entry->offset) - (left->entry->offset < right->entry->offset);
}

static int find_steps(struct context *context, const struct kmend_section *text, uint64_t from, uint64_t to,
		      unsigned int before, struct step **steps, size_t *nr_steps)
{
	const struct kmend_special_entry *entries = NULL;
	size_t nr = kmend_special_index_range(kmend_delta_special(context->delta, KMEND_SIDE_RUN), text, from, to,
					      &entries);
	size_t i;

	for (i = 0; i < nr; i++) {
		const struct site_row *row = row_of(&entries[i]);
		struct step *step;
		uint32_t size;

		if (!row || row->order >= before)
			continue;
		size = row->size(&entries[i]);
		if (!size || size > to - entries[i].place)
			return kmend_fail(context->linker->error, KMEND_STATUS_FAILURE, -EINVAL,
					  "%s: %s at %s+0x%llx does not fit the code there", context->delta->unit,
					  entries[i].row->what, text->name, (unsigned long long)entries[i].place);
		step = kmend_array_add(*steps, *nr_steps);
		*step = (struct step){ .row = row, .entry = &entries[i], .from = entries[i].place, .size = size };
	}
	if (*nr_steps)
		qsort(*steps, *nr_steps, sizeof(**steps), compare_places);
	return 0;
}

static int base_image(struct context *context, const struct kmend_section *text, uint64_t from, uint32_t size,
		      struct image *image)
{
	size_t i = kmend_section_first_relocation(text, from);
	struct kmend_field field;
	int ret;

	image->size = size;
	memcpy(image->bytes, text->data + from, size);
	for (; i < text->nr_relocations && text->relocations[i].offset < from + size; i++) {
		ret = link_field_make(context->linker, context->delta, text, &text->relocations[i],
				      text->relocations[i].offset - from, &field);
		if (ret < 0)
			return ret;
		if (field.offset + kmend_field_size(field.type) <= size && image->nr_fields < IMAGE_MAX_FIELDS &&
		    field.type)
			image_put_field(image, &field);
	}
	return 0;
}

static int apply_steps(struct context *context, struct step *steps, size_t nr_steps, uint64_t from,
		       struct image_set *set)
{
	size_t i, j;
	int ret = 0;

	qsort(steps, nr_steps, sizeof(*steps), compare_orders);
	for (i = 0; i < nr_steps && !ret; i++) {
		struct image_set next = { 0 };

		for (j = 0; j < set->nr_images && !ret; j++)
			ret = steps[i].row->apply(context, &steps[i], &set->images[j], steps[i].from - from, &next);
		image_set_free(set);
		*set = next;
		if (!ret && set->nr_images > MAX_FORMS) {
			link_reason(context->linker, "site-forms", "%s: too many forms at %s+0x%llx",
				    context->delta->unit, steps[i].entry->text->name,
				    (unsigned long long)steps[i].from);
			set->nr_images = 1;
		}
	}
	return ret;
}

/* All images of a stretch after the steps that come before `before`. */
static int build_images(struct context *context, const struct kmend_section *text, uint64_t from, uint32_t size,
			unsigned int before, struct image_set *set)
{
	_cleanup_free_ struct step *steps = NULL;
	struct image base = { 0 };
	size_t nr_steps = 0;
	int ret = find_steps(context, text, from, from + size, before, &steps, &nr_steps);

	if (!ret)
		ret = base_image(context, text, from, size, &base);
	if (ret)
		return ret;
	image_set_add(set, &base);
	return nr_steps ? apply_steps(context, steps, nr_steps, from, set) : 0;
}

/* Make one site of steps[0 .. nr_steps), which overlap. */
static int make_site(struct context *context, struct step *steps, size_t nr_steps, uint64_t from, uint32_t size,
		     struct link_site *site)
{
	struct image_set set = { 0 };
	struct image base = { 0 };
	size_t i;
	int ret;

	/* The outermost step gives the site its kind. */
	for (i = 0; i < nr_steps; i++) {
		if (!site->size || steps[i].size > site->size) {
			site->kind = steps[i].row->kind;
			site->size = steps[i].size;
		}
		site->flags |= steps[i].row->flags;
	}
	site->size = size;
	if (size > KMEND_MAX_SITE) {
		link_reason(context->linker, "site-forms", "%s: the site at %s+0x%llx has %u bytes",
			    context->delta->unit, context->text->name, (unsigned long long)from, size);
		return 0;
	}
	ret = base_image(context, context->text, from, size, &base);
	if (!ret) {
		image_set_add(&set, &base);
		ret = apply_steps(context, steps, nr_steps, from, &set);
	}
	for (i = 0; !ret && i < set.nr_images; i++)
		image_to_forms(&set.images[i], &site->forms, &site->nr_forms);
	image_set_free(&set);
	return ret;
}

int link_sites_make(struct linker *linker, const struct kmend_delta *delta, const struct kmend_section *text,
		    uint64_t from, uint64_t to, struct link_site **ret_sites, size_t *ret_nr_sites)
{
	struct context context = { .linker = linker, .delta = delta, .text = text };
	_cleanup_free_ struct step *steps = NULL;
	struct link_site *sites = NULL, *site;
	size_t nr_steps = 0, nr_sites = 0, i, j;
	int ret = find_steps(&context, text, from, to, ~0u, &steps, &nr_steps);

	for (i = 0; i < nr_steps && !ret; i = j) {
		uint64_t start = steps[i].from, end = start + steps[i].size;

		for (j = i + 1; j < nr_steps && steps[j].from < end; j++) {
			if (steps[j].from + steps[j].size > end)
				end = steps[j].from + steps[j].size;
		}
		site = kmend_array_add(sites, nr_sites);
		site->offset = start - from;
		ret = make_site(&context, steps + i, j - i, start, end - start, site);
	}
	if (ret) {
		link_sites_free(sites, nr_sites);
		return ret;
	}
	*ret_sites = sites;
	*ret_nr_sites = nr_sites;
	return 0;
}

void link_sites_free(struct link_site *sites, size_t nr_sites)
{
	size_t i, j;

	for (i = 0; i < nr_sites; i++) {
		for (j = 0; j < sites[i].nr_forms; j++)
			free(sites[i].forms[j].fields);
		free(sites[i].forms);
	}
	free(sites);
}
