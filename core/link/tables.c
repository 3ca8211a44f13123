// SPDX-License-Identifier: GPL-2.0
/* Writing the tables of include/kmend/abi.h: every pointer is a relocation to a section of the update module. */
#include <string.h>

#include "../match/match.h"
#include "internal.h"

#define POINTER_ALIGNMENT 8

struct tables {
	struct linker *linker;
	struct kmend_output_section *tables;
	struct kmend_output_section *pre;
	struct kmend_output_section *strings;
};

/* Where each function's arrays went. */
struct placed_function {
	uint64_t pre;
	uint64_t fields;
	uint64_t sites;
	uint64_t forms;
	uint32_t nr_all_fields;
	uint32_t nr_forms;
};

static void point(struct tables *tables, uint64_t at, const struct kmend_output_section *section, uint64_t offset)
{
	kmend_output_relocate(tables->tables, at, R_X86_64_64, section->symbol, offset);
}

/* The same text is written once. Texts are few and short. */
static uint64_t put_string(struct tables *tables, const char *text)
{
	const struct kmend_buffer *data = &tables->strings->data;
	size_t size = strlen(text) + 1;
	uint64_t at;

	for (at = 0; at + size <= data->size; at += strlen(data->data + at) + 1) {
		if (!strcmp(data->data + at, text))
			return at;
	}
	return kmend_output_append(tables->strings, text, size, 1, 0);
}

static void point_to_string(struct tables *tables, uint64_t at, const char *text)
{
	point(tables, at, tables->strings, put_string(tables, text));
}

static uint64_t put(struct tables *tables, const void *data, size_t size)
{
	return kmend_output_append(tables->tables, data, size, POINTER_ALIGNMENT, 0);
}

static uint64_t put_pre(struct tables *tables, const struct link_function *function)
{
	uint64_t at =
		kmend_output_append(tables->pre, function->run->section->data + function->run->value + function->inner,
				    function->size, 1, 0);
	size_t i;

	/* What lies under a field is never looked at: zeroes say so to whoever reads a dump. */
	for (i = 0; i < function->nr_fields; i++)
		memset(tables->pre->data.data + at + function->fields[i].offset, 0,
		       kmend_field_size(function->fields[i].type));
	return at;
}

/* The plain code's fields first, then those of each form in turn. */
static void put_fields(struct tables *tables, const struct link_function *function, struct placed_function *placed)
{
	size_t i, j;

	placed->fields = put(tables, function->fields, function->nr_fields * sizeof(*function->fields));
	placed->nr_all_fields = function->nr_fields;
	for (i = 0; i < function->nr_sites; i++) {
		for (j = 0; j < function->sites[i].nr_forms; j++) {
			const struct link_form *form = &function->sites[i].forms[j];

			put(tables, form->fields, form->nr_fields * sizeof(*form->fields));
			placed->nr_all_fields += form->nr_fields;
		}
	}
}

static void put_forms(struct tables *tables, const struct link_function *function, struct placed_function *placed)
{
	uint32_t next_field = function->nr_fields;
	size_t i, j;

	placed->forms = put(tables, NULL, 0);
	for (i = 0; i < function->nr_sites; i++) {
		for (j = 0; j < function->sites[i].nr_forms; j++) {
			const struct link_form *source = &function->sites[i].forms[j];
			struct kmend_form form = {
				.size = source->size,
				.tail = source->tail,
				.first_field = next_field,
				.nr_fields = source->nr_fields,
			};
			uint64_t at = put(tables, &form, sizeof(form));

			point(tables, at + offsetof(struct kmend_form, bytes), tables->pre,
			      kmend_output_append(tables->pre, source->bytes, source->size, 1, 0));
			next_field += source->nr_fields;
			placed->nr_forms++;
		}
	}
}

static void put_sites(struct tables *tables, const struct link_function *function, struct placed_function *placed)
{
	uint32_t next_form = 0;
	size_t i;

	placed->sites = put(tables, NULL, 0);
	for (i = 0; i < function->nr_sites; i++) {
		const struct link_site *source = &function->sites[i];
		struct kmend_site site = {
			.offset = source->offset,
			.size = source->size,
			.kind = source->kind,
			.flags = source->flags,
			.first_form = next_form,
			.nr_forms = source->nr_forms,
		};

		put(tables, &site, sizeof(site));
		next_form += source->nr_forms;
	}
}

static void put_function(struct tables *tables, const struct link_function *source,
			 const struct placed_function *placed, uint64_t at)
{
	struct kmend_function function = {
		.pre_size = source->size,
		.nr_fields = source->nr_fields,
		.nr_all_fields = placed->nr_all_fields,
		.nr_sites = source->nr_sites,
		.nr_forms = placed->nr_forms,
		.role = source->role,
		.section_symbol = source->section_symbol,
		.section_offset = source->run->value + source->inner,
		.trampoline_offset = source->trampoline_offset,
		.place = source->place,
	};
	const struct link_piece *replacement = NULL;

	if (source->role == KMEND_ROLE_REPLACE || source->role == KMEND_ROLE_DATUM) {
		replacement = link_piece_of_item(tables->linker, source->item);
		function.replacement_size =
			source->role == KMEND_ROLE_DATUM ? source->size : replacement->to - replacement->from;
	}
	memcpy(tables->tables->data.data + at, &function, sizeof(function));
	point_to_string(tables, at + offsetof(struct kmend_function, name), source->run->name);
	point_to_string(tables, at + offsetof(struct kmend_function, unit), source->delta->unit);
	point(tables, at + offsetof(struct kmend_function, pre), tables->pre, placed->pre);
	if (replacement)
		point(tables, at + offsetof(struct kmend_function, replacement), replacement->output,
		      replacement->offset + source->inner);
	if (placed->nr_all_fields)
		point(tables, at + offsetof(struct kmend_function, fields), tables->tables, placed->fields);
	if (source->nr_sites) {
		point(tables, at + offsetof(struct kmend_function, sites), tables->tables, placed->sites);
		point(tables, at + offsetof(struct kmend_function, forms), tables->tables, placed->forms);
	}
}

static uint64_t put_functions(struct tables *tables)
{
	struct linker *linker = tables->linker;
	_cleanup_free_ struct placed_function *placed = kmend_calloc(linker->nr_functions + 1, sizeof(*placed));
	uint64_t at;
	size_t i;

	for (i = 0; i < linker->nr_functions; i++) {
		placed[i].pre = put_pre(tables, &linker->functions[i]);
		put_fields(tables, &linker->functions[i], &placed[i]);
		put_forms(tables, &linker->functions[i], &placed[i]);
		put_sites(tables, &linker->functions[i], &placed[i]);
	}
	at = put(tables, NULL, linker->nr_functions * sizeof(struct kmend_function));
	for (i = 0; i < linker->nr_functions; i++)
		put_function(tables, &linker->functions[i], &placed[i], at + i * sizeof(struct kmend_function));
	return at;
}

static uint64_t put_symbols(struct tables *tables)
{
	struct linker *linker = tables->linker;
	uint64_t start = put(tables, NULL, linker->nr_symbols * sizeof(struct kmend_symbol));
	size_t i;

	for (i = 0; i < linker->nr_symbols; i++) {
		const struct link_symbol *source = &linker->symbols[i];
		uint64_t at = start + i * sizeof(struct kmend_symbol);
		struct kmend_symbol symbol = { .kind = source->kind, .content_size = source->content_size };

		memcpy(tables->tables->data.data + at, &symbol, sizeof(symbol));
		point_to_string(tables, at + offsetof(struct kmend_symbol, name), source->name);
		point_to_string(tables, at + offsetof(struct kmend_symbol, unit), source->unit);
		point_to_string(tables, at + offsetof(struct kmend_symbol, object), source->object);
		if (source->content)
			point(tables, at + offsetof(struct kmend_symbol, content), tables->pre,
			      kmend_output_append(tables->pre, source->content, source->content_size, 1, 0));
	}
	return start;
}

static uint64_t put_relocations(struct tables *tables)
{
	struct linker *linker = tables->linker;
	uint64_t start = put(tables, NULL, linker->nr_relocations * sizeof(struct kmend_relocation));
	size_t i;

	for (i = 0; i < linker->nr_relocations; i++) {
		const struct link_relocation *source = &linker->relocations[i];
		uint64_t at = start + i * sizeof(struct kmend_relocation);
		struct kmend_relocation relocation = {
			.type = source->type,
			.symbol = source->symbol,
			.addend = source->addend,
		};

		memcpy(tables->tables->data.data + at, &relocation, sizeof(relocation));
		point(tables, at + offsetof(struct kmend_relocation, place), source->section, source->offset);
	}
	return start;
}

static const char *target_name(const struct kmend_link_input *input)
{
	return input->target ? input->target : "vmlinux";
}

static uint64_t put_target(struct tables *tables)
{
	struct linker *linker = tables->linker;
	uint64_t functions = put_functions(tables), symbols = put_symbols(tables);
	uint64_t relocations = put_relocations(tables);
	const struct kmend_target target = {
		.nr_functions = linker->nr_functions,
		.nr_symbols = linker->nr_symbols,
		.nr_relocations = linker->nr_relocations,
	};
	uint64_t at = put(tables, &target, sizeof(target));

	point_to_string(tables, at + offsetof(struct kmend_target, name), target_name(linker->input));
	point(tables, at + offsetof(struct kmend_target, functions), tables->tables, functions);
	point(tables, at + offsetof(struct kmend_target, symbols), tables->tables, symbols);
	if (linker->nr_relocations)
		point(tables, at + offsetof(struct kmend_target, relocations), tables->tables, relocations);
	return at;
}

static uint64_t put_bases(struct tables *tables)
{
	const struct kmend_link_input *input = tables->linker->input;
	uint64_t start = put(tables, NULL, input->nr_bases * sizeof(struct kmend_base));
	size_t i;

	for (i = 0; i < input->nr_bases; i++) {
		uint64_t at = start + i * sizeof(struct kmend_base);

		point_to_string(tables, at + offsetof(struct kmend_base, id), input->bases[i].id);
		point_to_string(tables, at + offsetof(struct kmend_base, digest), input->bases[i].digest);
	}
	return start;
}

static uint32_t count_replaces(const struct linker *linker)
{
	return linker->input->replaces ? linker->input->replaces->count : 0;
}

static uint64_t put_replaces(struct tables *tables)
{
	uint32_t count = count_replaces(tables->linker), i;
	uint64_t start = put(tables, NULL, count * sizeof(struct kmend_replaced));

	for (i = 0; i < count; i++)
		point_to_string(tables, start + i * sizeof(struct kmend_replaced) + offsetof(struct kmend_replaced, id),
				tables->linker->input->replaces->items[i]);
	return start;
}

static uint32_t count_hooks(const struct linker *linker)
{
	uint32_t count = 0;
	size_t i;

	for (i = 0; i < linker->input->nr_deltas; i++)
		count += linker->input->deltas[i]->nr_hooks;
	return count;
}

/* Of each unit in turn, in the source's order: that is the order they are called in. */
static uint64_t put_hooks(struct tables *tables)
{
	const struct link_piece *piece;
	uint64_t at = put(tables, NULL, count_hooks(tables->linker) * sizeof(struct kmend_hook)), next = at;
	size_t i, j;

	for (i = 0; i < tables->linker->input->nr_deltas; i++) {
		const struct kmend_delta *delta = tables->linker->input->deltas[i];

		for (j = 0; j < delta->nr_hooks; j++, next += sizeof(struct kmend_hook)) {
			const struct kmend_hook hook = { .stage = delta->hooks[j].stage };

			memcpy(tables->tables->data.data + next, &hook, sizeof(hook));
			piece = link_piece_of_item(tables->linker, delta->hooks[j].item);
			point(tables, next + offsetof(struct kmend_hook, call), piece->output, piece->offset);
			point_to_string(tables, next + offsetof(struct kmend_hook, name), delta->hooks[j].item->name);
		}
	}
	return at;
}

void link_tables_write(struct linker *linker)
{
	struct tables tables = {
		.linker = linker,
		.tables =
			kmend_output_section(linker->output, KMEND_SECTION_TABLES, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE),
		.pre = kmend_output_section(linker->output, KMEND_SECTION_PRE, SHT_PROGBITS, SHF_ALLOC),
		.strings = kmend_output_section(linker->output, KMEND_SECTION_STRINGS, SHT_PROGBITS, SHF_ALLOC),
	};
	const struct kmend_update update = {
		.abi = KMEND_ABI_VERSION,
		.size = sizeof(struct kmend_update),
		.nr_targets = 1,
		.part = linker->input->part,
		.nr_parts = linker->input->nr_parts ? linker->input->nr_parts : 1,
		.nr_bases = linker->input->nr_bases,
		.nr_replaces = count_replaces(linker),
		.flags = (linker->result->escapes || linker->input->escapes ? KMEND_UPDATE_ESCAPES : 0) |
			 linker->input->flags,
		.nr_hooks = count_hooks(linker),
	};
	uint64_t target = put_target(&tables), bases = put_bases(&tables), hooks = put_hooks(&tables);
	uint64_t replaces = put_replaces(&tables);
	uint64_t at = put(&tables, &update, sizeof(update));

	point_to_string(&tables, at + offsetof(struct kmend_update, id), linker->input->id);
	point_to_string(&tables, at + offsetof(struct kmend_update, description), linker->input->description);
	point_to_string(&tables, at + offsetof(struct kmend_update, release), linker->input->release);
	point_to_string(&tables, at + offsetof(struct kmend_update, version), linker->input->version);
	point(&tables, at + offsetof(struct kmend_update, targets), tables.tables, target);
	if (linker->input->nr_bases)
		point(&tables, at + offsetof(struct kmend_update, bases), tables.tables, bases);
	if (update.nr_replaces)
		point(&tables, at + offsetof(struct kmend_update, replaces), tables.tables, replaces);
	if (update.nr_hooks)
		point(&tables, at + offsetof(struct kmend_update, hooks), tables.tables, hooks);
	kmend_output_define(linker->output, KMEND_UPDATE_SYMBOL, STB_GLOBAL, STT_OBJECT, tables.tables, at,
			    sizeof(update));
}
