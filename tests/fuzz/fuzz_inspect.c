// SPDX-License-Identifier: GPL-2.0
/*
 * kmend.ko's look at an update module's tables (kmod/inspect.c, the very file) on altered ones. A sound update is made in
 * memory of exactly the size of each part of its module; input: records of 12 bytes, each of which writes a number or a pointer
 * somewhere in the tables, or a byte in the constants. What is accepted must then be readable to its last byte, and its
 * functions must be matched without a fault.
 */
#include <stdlib.h>

#include "core/match/match.h"
#include "fuzz.h"
#include "kmod/kmend.h"

#define TEXT_SIZE 64

/* A module's constants. */
struct constants {
	char id[8], text[16], release[16], version[16], name[8], unit[8], object[8], target[8];
	u8 content[8], pre[32], form[5], datum[8];
};

/* A module's tables. */
struct tables {
	struct kmend_update update;
	struct kmend_target target;
	struct kmend_function functions[3];
	struct kmend_symbol symbols[4];
	struct kmend_field fields[3];
	struct kmend_site sites[2];
	struct kmend_form forms[3];
	struct kmend_relocation relocations[2];
	struct kmend_hook hooks[2];
	struct kmend_base bases[1];
	struct kmend_replaced replaces[1];
};

struct uts_namespace init_uts_ns = { .name = { .release = "6.12", .version = "#1 SMP 6.12.1-1 (2026)" } };

static volatile u8 sink;

static void touch(const void *memory, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sink += ((const u8 *)memory)[i];
}

static void touch_text(const char *text)
{
	touch(text, strlen(text) + 1);
}

/* The kernel's code is never run here, nor is a hook. */
static void fill(struct constants *constants, struct tables *tables, u8 *text)
{
	const struct constants sample = { "ID-1",    "what it is", "6.12",   "6.12.1-1", "f",	   "a/b.c",
					  "vmlinux", "vmlinux",	   { 1, 2 }, { 0 },	 { 0xe8 }, { 9 } };
	struct kmend_function function = {
		.name = constants->name,
		.unit = constants->unit,
		.pre = constants->pre,
		.replacement = text + 16,
		.replacement_size = 16,
		.fields = tables->fields,
		.sites = tables->sites,
		.forms = tables->forms,
		.pre_size = sizeof(constants->pre),
		.nr_fields = 2,
		.nr_all_fields = 3,
		.nr_sites = 2,
		.nr_forms = 3,
		.role = KMEND_ROLE_REPLACE,
		.section_symbol = 0,
		.trampoline_offset = 5,
	};

	*constants = sample;
	memset(text, 0xcc, TEXT_SIZE);
	*tables = (struct tables){
		.update = { .abi = KMEND_ABI_VERSION,
			    .size = sizeof(struct kmend_update),
			    .id = constants->id,
			    .description = constants->text,
			    .release = constants->release,
			    .version = constants->version,
			    .targets = &tables->target,
			    .hooks = tables->hooks,
			    .bases = tables->bases,
			    .replaces = tables->replaces,
			    .nr_targets = 1,
			    .nr_parts = 1,
			    .nr_hooks = 2,
			    .nr_bases = 1,
			    .nr_replaces = 1 },
		.target = { .name = constants->target,
			    .functions = tables->functions,
			    .symbols = tables->symbols,
			    .relocations = tables->relocations,
			    .nr_functions = 3,
			    .nr_symbols = 4,
			    .nr_relocations = 2 },
		.functions = { function, function, function },
		.fields = { { 10, KMEND_FIELD_PC32, 1, 0, -4 },
			    { 14, KMEND_FIELD_ABS64, 2, 0, 0 },
			    { 1, KMEND_FIELD_PC32, 3, 0, -4 } },
		.sites = { { 0, 5, KMEND_SITE_FTRACE, 0, 0, 2 }, { 27, 5, KMEND_SITE_RETURN, 0, 2, 1 } },
		.forms = { { constants->form, 5, KMEND_TAIL_NONE, 2, 1 },
			   { constants->form, 0, KMEND_TAIL_NOPS, 0, 0 },
			   { constants->form, 1, KMEND_TAIL_INT3, 0, 0 } },
		.relocations = { { text + 1, KMEND_FIELD_PC32, 1, -4 }, { text + 8, KMEND_FIELD_ABS64, 2, 0 } },
		.hooks = { { (int (*)(void))(uintptr_t)text, constants->name, KMEND_HOOK_APPLY, 0 },
			   { (int (*)(void))(uintptr_t)(text + 8), constants->name, KMEND_HOOK_PRE_APPLY, 0 } },
		.bases = { { constants->id, constants->text } },
		.replaces = { { constants->id } },
	};
	for (size_t i = 0; i < ARRAY_SIZE(tables->symbols); i++)
		tables->symbols[i] = (struct kmend_symbol){ .name = constants->name,
							    .unit = constants->unit,
							    .object = constants->object,
							    .content = constants->content,
							    .content_size = sizeof(constants->content) };
	tables->symbols[0].kind = KMEND_SYMBOL_SECTION;
	tables->symbols[1].kind = KMEND_SYMBOL_NAMED;
	tables->symbols[2].kind = KMEND_SYMBOL_CONTENT;
	tables->symbols[3].kind = KMEND_SYMBOL_ANY_TEXT;
	tables->functions[1].role = KMEND_ROLE_WITNESS;
	tables->functions[2] = (struct kmend_function){ .name = constants->name,
							.unit = constants->unit,
							.pre = constants->content,
							.pre_size = sizeof(constants->content),
							.replacement = constants->datum,
							.replacement_size = sizeof(constants->datum),
							.role = KMEND_ROLE_DATUM };
}

/* One record: what is written and where; in tables by words of 4 or 8 bytes, so most of them mean something. */
static void alter(struct module *mod, const u8 *record)
{
	const struct module_memory *tables = &mod->mem[MOD_DATA], *constants = &mod->mem[MOD_RODATA], *memory;
	u16 where = record[0] | record[1] << 8;
	u64 value;

	memcpy(&value, record + 4, sizeof(value));
	switch (record[2] % 3) {
	case 0:
		memcpy((u8 *)tables->base + where % (tables->size / 4) * 4, &value, 4);
		break;
	case 1:
		memory = &mod->mem[record[3] % MOD_MEM_NUM_TYPES];
		if (record[3] < 0x80) /* near a part of the module, or anywhere */
			value = (uintptr_t)memory->base + (int16_t)value;
		value &= ~7ull; /* x86 reads from any address; the sanitizer would have a say */
		memcpy((u8 *)tables->base + where % (tables->size / 8) * 8, &value, 8);
		break;
	default:
		((u8 *)constants->base)[where % constants->size] = value;
	}
}

static void touch_function(const struct kmend_target *target, const struct kmend_function *function)
{
	struct kmend_value *values = calloc(target->nr_symbols ? target->nr_symbols : 1, sizeof(*values));
	struct kmend_match_result result;

	if (!values)
		abort();
	touch_text(function->name);
	touch_text(function->unit);
	touch(function->fields, function->nr_all_fields * sizeof(*function->fields));
	touch(function->sites, function->nr_sites * sizeof(*function->sites));
	for (u32 i = 0; i < function->nr_forms; i++)
		touch(function->forms[i].bytes, function->forms[i].size);
	if (function->role == KMEND_ROLE_DATUM || function->role == KMEND_ROLE_REPLACE)
		touch(function->replacement, function->replacement_size);
	if (kmend_match_function(function, target->symbols, function->pre, 0xffffffff81000000ull, NULL, values,
				 &result))
		kmend_match_keep(function, values);
	free(values);
}

static void touch_update(const struct kmend_update *update)
{
	const struct kmend_target *target = update->targets;

	for (u32 i = 0; i < target->nr_symbols; i++) {
		touch_text(target->symbols[i].name);
		touch_text(target->symbols[i].unit);
		touch_text(target->symbols[i].object);
		if (target->symbols[i].kind == KMEND_SYMBOL_CONTENT)
			touch(target->symbols[i].content, target->symbols[i].content_size);
	}
	for (u32 i = 0; i < target->nr_functions; i++)
		touch_function(target, &target->functions[i]);
	touch(target->relocations, target->nr_relocations * sizeof(*target->relocations));
	for (u32 i = 0; i < update->nr_hooks; i++)
		touch_text(update->hooks[i].name);
	for (u32 i = 0; i < update->nr_bases; i++) {
		touch_text(update->bases[i].id);
		touch_text(update->bases[i].digest);
	}
	for (u32 i = 0; i < update->nr_replaces; i++)
		touch_text(update->replaces[i].id);
}

/* In the memory of its module; a verdict's words must be one line that ends. */
static int inspect(const struct module *mod, const struct tables *tables)
{
	struct kmend_verdict verdict = { 0 };
	int error = kmend_inspect_header(mod, &tables->update, &verdict);

	if (!error) {
		touch_text(tables->update.id);
		touch_text(tables->update.description);
		error = kmend_inspect_update(mod, &tables->update, &verdict);
	}
	if (!error)
		touch_update(&tables->update);
	if (!error != !verdict.refusal || strnlen(verdict.detail, sizeof(verdict.detail)) == sizeof(verdict.detail) ||
	    strchr(verdict.detail, '\n') || !kmend_refusal_name(verdict.refusal))
		abort();
	return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct constants *constants = malloc(sizeof(*constants));
	struct tables *tables = malloc(sizeof(*tables));
	u8 *text = malloc(TEXT_SIZE);
	struct module mod = { .name = "kmend_id",
			      .mem = { [MOD_TEXT] = { text, TEXT_SIZE },
				       [MOD_DATA] = { tables, sizeof(*tables) },
				       [MOD_RODATA] = { constants, sizeof(*constants) } } };

	if (!constants || !tables || !text)
		abort();
	fill(constants, tables, text);
	if (inspect(&mod, tables)) /* the sample is sound */
		abort();
	for (; size >= 12; data += 12, size -= 12)
		alter(&mod, data);
	inspect(&mod, tables);
	free(constants);
	free(tables);
	free(text);
	return 0;
}
