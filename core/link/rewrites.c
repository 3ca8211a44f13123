// SPDX-License-Identifier: GPL-2.0
/*
 * The steps by which the kernel rewrites its own code: how long each kind of place is, and what an image becomes there.
 * Facts: arch/x86/kernel/{alternative,paravirt,static_call,jump_label,callthunks}.c of Linux 6.1 and 6.12.
 */
#include "rewrites.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INT3 0xcc
#define CALL 0xe8
#define JMP 0xe9
#define JMP8 0xeb
#define NOP 0x90

/* A parameter that the type of a row's function asks for. */
#define UNUSED(name) name __attribute__((unused))

static const uint8_t lfence[] = { 0x0f, 0xae, 0xe8 };
static const uint8_t nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
static const uint8_t nop2[] = { 0x66, 0x90 };

#define ALT_FLAG_DIRECT_CALL 2u /* asm/alternative.h */

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
static int apply_ftrace(struct site_context *context, const struct site_step *UNUSED(step), const struct image *image,
			size_t at, struct image_set *set)
{
	static const uint8_t call[] = { CALL };

	add_bytes(image, at, nop5, sizeof(nop5), set);
	add_branch(image, at, call, sizeof(call), link_symbol_any_text(context->linker), set);
	return 0;
}

/* patch_return(): a jump to the return thunk in force, or a plain return. */
static int apply_return(struct site_context *context, const struct site_step *UNUSED(step), const struct image *image,
			size_t at, struct image_set *set)
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

static int thunk_register(const struct site_step *step)
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

/*
 * Does the kernel have call depth tracking? Then objtool has listed the unit's calls, those of the tracer among them, so
 * hardly a unit has none. A form too few would be a refusal.
 */
static bool counts_calls(const struct site_context *context)
{
	return kmend_object_section(context->delta->run, ".call_sites") != NULL;
}

/* emit_call_track_retpoline(): a thunk that counts calls, and another one for jumps. */
static void add_counted_retpoline(struct site_context *context, const struct image *image, size_t at,
				  const uint8_t *code, uint32_t size, int reg, struct image_set *set)
{
	_cleanup_free_ char *thunk =
		kmend_format("__x86_indirect_%s_thunk_%s", code[size - 5] == CALL ? "call" : "jump", registers[reg]);

	if (counts_calls(context))
		add_branch(image, at, code, size - 4, link_symbol_one_of(context->linker, thunk), set);
}

static int apply_retpoline(struct site_context *context, const struct site_step *step, const struct image *image,
			   size_t at, struct image_set *set)
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
	add_counted_retpoline(context, image, at, code, step->size, reg, set);
	thunk = its_thunks[reg];
	symbol = link_symbol_content(context->linker, "an ITS thunk", thunk, reg < 8 ? 3 : 4);
	/* With its prefix, or the first byte of a jump on condition, as it was. */
	add_branch(image, at, code, step->size - 4, symbol, set);
	return 0;
}

/* paravirt_patch(): a direct call to whatever the hypervisor's operation is, or nothing. */
static int apply_paravirt(struct site_context *context, const struct site_step *step, const struct image *image,
			  size_t at, struct image_set *set)
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
static void add_short_jump(struct site_context *context, const struct site_step *step, const struct image *image,
			   size_t at, struct image_set *set)
{
	static const uint8_t int3s[] = { INT3, INT3, INT3 };
	const struct alternative_rules *rules = link_alternative_rules(step->entry);
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
		if (distance < (rules->shortens_backwards ? -128 : 0) || distance > 127)
			return;
		jump[0] = JMP8;
		jump[1] = distance;
		image_put(&copy, at, jump, sizeof(jump));
		if (rules->fill == NOP)
			image_put_nops(&copy, at + sizeof(jump), 5 - sizeof(jump));
		else
			image_put(&copy, at + sizeof(jump), int3s, 5 - sizeof(jump));
		image_set_add(set, &copy);
		return;
	}
}

/* Before 6.4 only a 5-byte call or jump kept its meaning when it was copied to another place. */
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

/* How long the code is that counts a call, at the end of the room before a function: INCREMENT_CALL_DEPTH of 6.12. */
#define COUNTER_SIZE 9

/* A function of its own name at that place of its unit; NULL: none. */
static const struct kmend_object_symbol *function_at(const struct link_symbol *symbol, uint64_t offset)
{
	const struct kmend_object *run = symbol->delta->run;
	size_t i;

	for (i = 0; i < run->nr_symbols; i++) {
		if (run->symbols[i].type == STT_FUNC && run->symbols[i].section == symbol->section &&
		    run->symbols[i].value == offset)
			return &run->symbols[i];
	}
	return NULL;
}

/*
 * patch_call(): a call goes to the counter before the function instead. Were the callee's section unknown, any distance
 * would do: so a callee goes by its name here.
 */
static void add_counted_call(struct site_context *context, const struct image *image, size_t at, struct image_set *set)
{
	struct image copy = *image;
	const struct kmend_object_symbol *callee;
	const struct link_symbol *symbol;
	struct kmend_field *field = NULL;
	int32_t distance;
	size_t i;

	if (image->size < at + 5 || image->bytes[at] != CALL)
		return;
	for (i = 0; i < copy.nr_fields; i++) {
		if (copy.fields[i].offset == at + 1)
			field = &copy.fields[i];
	}
	if (!field) { /* within the section: the assembler knew the distance */
		memcpy(&distance, copy.bytes + at + 1, sizeof(distance));
		distance -= COUNTER_SIZE;
		memcpy(copy.bytes + at + 1, &distance, sizeof(distance));
		image_set_add(set, &copy);
		return;
	}
	symbol = &context->linker->symbols[field->symbol];
	if (symbol->kind == KMEND_SYMBOL_ANY_TEXT) /* that, too */
		return;
	if (symbol->kind == KMEND_SYMBOL_SECTION) {
		callee = function_at(symbol, field->addend + 4);
		if (!callee)
			return;
		field->symbol = link_symbol_named(context->linker, callee->name, "");
		field->addend = -4;
	}
	field->addend -= COUNTER_SIZE;
	image_set_add(set, &copy);
}

/* Replacements by a direct call of what a pointer holds (alt_replace_call()), or by nothing if that does nothing. */
static void add_direct_call(struct site_context *context, const struct site_step *step, const struct image *image,
			    size_t at, struct image_set *set)
{
	static const uint8_t call[] = { CALL };
	struct image copy = *image;

	image_put_nops(&copy, at, step->size);
	image_set_add(set, &copy);
	put_branch(&copy, at, call, sizeof(call), link_symbol_any_text(context->linker));
	image_set_add(set, &copy);
}

static uint16_t flags_of(const struct kmend_special_entry *entry)
{
	const uint8_t at = link_alternative_rules(entry)->flags_at, *bytes = entry->section->data + entry->offset + at;

	return at ? bytes[0] | bytes[1] << 8 : 0;
}

static int replace_alternative(struct site_context *context, const struct site_step *step, const struct image *image,
			       size_t at, struct image_set *set)
{
	const struct alternative_rules *rules = link_alternative_rules(step->entry);
	const struct kmend_section *table = step->entry->section;
	size_t i = kmend_section_first_relocation(table, step->entry->offset + 4);
	uint8_t size = table->data[step->entry->offset + step->entry->row->fragment_size];
	const struct kmend_relocation_entry *relocation;
	struct image_set replacements = { 0 };
	struct image copy = *image;
	uint64_t from;
	int ret;

	copy.jumps_over_nops = rules->jumps_over_nops;
	mark_padding(&copy, at, step->size);
	image_set_add(set, &copy);
	if (flags_of(step->entry) & ALT_FLAG_DIRECT_CALL) {
		add_direct_call(context, step, &copy, at, set);
		return 0;
	}
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
	ret = link_site_images(context, relocation->symbol->section, from, size, step->row->order, &replacements);
	for (i = 0; i < replacements.nr_images; i++) {
		struct image *replacement = &replacements.images[i];

		copy = *image;
		copy.jumps_over_nops = rules->jumps_over_nops;
		mark_padding(replacement, 0, replacement->size);
		if (!rules->moves_references && !may_move(replacement))
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

static int apply_alternative(struct site_context *context, const struct site_step *step, const struct image *image,
			     size_t at, struct image_set *set)
{
	size_t first = set->nr_images, end, i;
	int ret = replace_alternative(context, step, image, at, set);

	/* What is a call then can be a counted one (patch_alt_call_sites()). */
	end = set->nr_images;
	for (i = first; i < end && !ret && counts_calls(context); i++) {
		const struct image call = set->images[i]; /* the set grows */

		add_counted_call(context, &call, at, set);
	}
	return ret;
}

static int apply_call(struct site_context *context, const struct site_step *UNUSED(step), const struct image *image,
		      size_t at, struct image_set *set)
{
	image_set_add(set, image);
	add_counted_call(context, image, at, set);
	return 0;
}

/* runtime_const_fixup(): what a variable held when the kernel started. */
static const struct {
	const char *prefix;
	uint32_t field;
	size_t size; /* of the variable */
} constant_rows[] = {
	{ "runtime_ptr_", KMEND_FIELD_ABS64, 8 },
	{ "runtime_shift_", KMEND_FIELD_BYTE, 4 },
};

bool link_constant_field(struct linker *linker, const struct kmend_special_entry *entry, struct kmend_field *ret_field)
{
	size_t i;

	for (i = 0; i < KMEND_ARRAY_SIZE(constant_rows); i++) {
		if (!kmend_starts_with(entry->section->name, constant_rows[i].prefix))
			continue;
		*ret_field = (struct kmend_field){
			.type = constant_rows[i].field,
			.symbol = link_symbol_value(linker, entry->section->name + strlen(constant_rows[i].prefix),
						    constant_rows[i].size),
		};
		return true;
	}
	return false;
}

static int apply_constant(struct site_context *context, const struct site_step *step, const struct image *image,
			  size_t at, struct image_set *set)
{
	struct image copy = *image;
	struct kmend_field field;

	if (link_constant_field(context->linker, step->entry, &field)) {
		field.offset = at;
		image_put_field(&copy, &field);
	}
	image_set_add(set, &copy);
	return 0;
}

/* The lock prefix, or a segment override that means nothing, where one CPU is alone. */
static int apply_lock(struct site_context *UNUSED(context), const struct site_step *UNUSED(step),
		      const struct image *image, size_t at, struct image_set *set)
{
	static const uint8_t lock[] = { 0xf0 }, none[] = { 0x3e };

	add_bytes(image, at, lock, 1, set);
	add_bytes(image, at, none, 1, set);
	return 0;
}

/* apply_ibt_endbr(): endbr64, or the same without its meaning. */
static int apply_endbr(struct site_context *UNUSED(context), const struct site_step *UNUSED(step),
		       const struct image *image, size_t at, struct image_set *set)
{
	static const uint8_t endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa }, poison[] = { 0x66, 0x0f, 0x1f, 0x00 };

	add_bytes(image, at, endbr, sizeof(endbr), set);
	add_bytes(image, at, poison, sizeof(poison), set);
	return 0;
}

/* __static_call_transform(): a branch to the function of the day, or its equivalent where there is none. */
static int apply_static_call(struct site_context *context, const struct site_step *step, const struct image *image,
			     size_t at, struct image_set *set)
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
static int apply_jump_label(struct site_context *context, const struct site_step *step, const struct image *image,
			    size_t at, struct image_set *set)
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
	{ ".parainstructions", KMEND_SITE_PARAVIRT, 0, 1, link_size_paravirt, apply_paravirt },
	{ ".retpoline_sites", KMEND_SITE_RETPOLINE, 0, 2, link_size_branch, apply_retpoline },
	{ ".return_sites", KMEND_SITE_RETURN, 0, 3, link_size_five, apply_return },
	{ ".altinstructions", KMEND_SITE_ALTERNATIVE, 0, 4, link_size_alternative, apply_alternative },
	{ ".call_sites", KMEND_SITE_CALL, 0, 5, link_size_call, apply_call },
	{ ".ibt_endbr_seal", KMEND_SITE_ENDBR, 0, 6, link_size_four, apply_endbr },
	{ "runtime_ptr_", KMEND_SITE_CONSTANT, 0, 7, link_size_eight, apply_constant },
	{ "runtime_shift_", KMEND_SITE_CONSTANT, 0, 7, link_size_one, apply_constant },
	{ ".smp_locks", KMEND_SITE_LOCK_PREFIX, KMEND_SITE_REWRITTEN_LATER, 8, link_size_one, apply_lock },
	{ "__jump_table", KMEND_SITE_JUMP_LABEL, KMEND_SITE_REWRITTEN_LATER, 9, link_size_jump_label,
	  apply_jump_label },
	{ ".static_call_sites", KMEND_SITE_STATIC_CALL, KMEND_SITE_REWRITTEN_LATER, 10, link_size_branch,
	  apply_static_call },
	{ "__mcount_loc", KMEND_SITE_FTRACE, KMEND_SITE_REWRITTEN_LATER, 11, link_size_five, apply_ftrace },
};

const struct site_row *link_site_row(const struct kmend_special_entry *entry)
{
	size_t i;

	for (i = 0; i < KMEND_ARRAY_SIZE(site_rows); i++) {
		if (!strcmp(site_rows[i].section, entry->row->name))
			return &site_rows[i];
	}
	return NULL;
}
