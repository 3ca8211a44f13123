// SPDX-License-Identifier: GPL-2.0
/* Pre code: what kmend.ko compares running code with, and learns addresses from. */
#include <stdlib.h>
#include <string.h>

#include "../match/match.h"
#include "internal.h"

#define ALIGNMENT 16 /* of functions in the kernel: what one store reaches lies in so many bytes */

static const uint8_t endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa };

int link_field_make(struct linker *linker, const struct kmend_delta *delta, const struct kmend_section *section,
		    const struct kmend_relocation_entry *relocation, uint32_t offset, struct kmend_field *ret_field)
{
	const struct kmend_object_symbol *symbol = relocation->symbol;
	struct kmend_field field = { .offset = offset, .type = link_field_type(relocation->type) };
	struct kmend_referent referent;
	int ret;

	if (!field.type) {
		if (relocation->type != R_X86_64_NONE)
			link_reason(linker, "relocation-type", "%s: relocation type %u at %s+0x%llx", delta->unit,
				    relocation->type, section->name, (unsigned long long)relocation->offset);
		*ret_field = field;
		return 0;
	}
	if (symbol->section && symbol->section->flags & SHF_MERGE) {
		ret = kmend_delta_refer(delta, KMEND_SIDE_RUN, section, relocation, &referent, linker->error);
		if (ret < 0)
			return ret;
		if (referent.kind == KMEND_REFERENT_CONTENT) {
			field.symbol = link_symbol_content(linker, symbol->section->name, referent.content,
							   referent.content_size);
			field.addend = -(int64_t)referent.tail;
			*ret_field = field;
			return 0;
		}
	}
	/* What the linker may take from elsewhere, and what others know by name, goes by name; all else by its place. */
	if (symbol->section && symbol->bind == STB_LOCAL) {
		field.symbol = link_symbol_section(linker, delta, symbol->section);
		field.addend = relocation->addend + (int64_t)symbol->value;
	} else {
		field.symbol = symbol->section ? link_symbol_named(linker, symbol->name, "")
					       : link_symbol_undefined(linker, symbol->name);
		field.addend = relocation->addend;
	}
	*ret_field = field;
	return 0;
}

static bool is_in_site(const struct link_function *function, uint64_t offset)
{
	size_t i;

	for (i = 0; i < function->nr_sites; i++) {
		if (offset >= function->sites[i].offset &&
		    offset < (uint64_t)function->sites[i].offset + function->sites[i].size)
			return true;
	}
	return false;
}

static int make_fields(struct linker *linker, struct link_function *function)
{
	const struct kmend_section *section = function->run->section;
	uint64_t from = function->run->value + function->inner, to = from + function->size;
	size_t i = kmend_section_first_relocation(section, from);
	struct kmend_field field;
	int ret;

	for (; i < section->nr_relocations && section->relocations[i].offset < to; i++) {
		uint64_t offset = section->relocations[i].offset - from;

		if (is_in_site(function, offset))
			continue;
		ret = link_field_make(linker, function->delta, section, &section->relocations[i], offset, &field);
		if (ret < 0)
			return ret;
		if (field.type)
			*kmend_array_add(function->fields, function->nr_fields) = field;
	}
	return 0;
}

static void release(struct link_function *function)
{
	link_sites_free(function->sites, function->nr_sites);
	free(function->fields);
}

static int make_function(struct linker *linker, const struct kmend_delta *delta, const struct kmend_object_symbol *run,
			 uint32_t role, struct link_function *ret_function)
{
	struct link_function function = { .delta = delta, .run = run, .role = role, .size = run->size };
	int ret;

	function.section_symbol = link_symbol_section(linker, delta, run->section);
	ret = link_sites_make(linker, delta, run->section, run->value, run->value + run->size, &function.sites,
			      &function.nr_sites);
	if (!ret)
		ret = make_fields(linker, &function);
	if (ret < 0) {
		release(&function);
		return ret;
	}
	*ret_function = function;
	return 0;
}

/* What kmend.ko will know once this function is matched. */
static void mark_learnable(struct linker *linker, const struct link_function *function)
{
	size_t i;

	linker->symbols[function->section_symbol].is_learnable = true;
	for (i = 0; i < function->nr_fields; i++)
		linker->symbols[function->fields[i].symbol].is_learnable = true;
}

/* Is what lies behind a function in its section nothing but padding, up to an offset from its start? */
static bool is_padded(const struct kmend_object_symbol *run, uint64_t end)
{
	const struct kmend_section *section = run->section;
	uint64_t from = run->value + run->size, to = run->value + end, i;

	if (to > section->size)
		return false;
	for (i = 0; i < section->nr_sized; i++) {
		if (section->sized[i]->value >= from && section->sized[i]->value < to)
			return false;
	}
	for (i = from; i < to && section->data[i] == 0xcc; i++)
		;
	return i == to || kmend_match_is_nops(section->data + from, to - from);
}

/* Why there can be no jump in [at, at + KMEND_TRAMPOLINE_SIZE); returns the reason's code, NULL: there can. */
static const char *jump_obstacle(const struct link_function *function, uint64_t at, char **ret_text)
{
	const struct kmend_object_symbol *run = function->run;
	uint64_t end = at + KMEND_TRAMPOLINE_SIZE;
	size_t i;

	if (at >= run->size || (end > run->size && !is_padded(run, end))) {
		*ret_text = kmend_format("%s has %llu bytes, the jump to its replacement needs %llu", run->name,
					 (unsigned long long)run->size, (unsigned long long)end);
		return "function-too-short";
	}
	for (i = 0; i < function->nr_sites; i++) {
		const struct link_site *site = &function->sites[i];

		if (!(site->flags & KMEND_SITE_REWRITTEN_LATER) || site->offset >= end ||
		    site->offset + site->size <= at)
			continue;
		*ret_text = kmend_format(
			"the jump to the replacement of %s would lie on a place that the kernel rewrites (%s)",
			run->name, kmend_site_kind_text(site->kind));
		return "trampoline-overlap";
	}
	if (run->section->align < ALIGNMENT || run->value % ALIGNMENT + end > ALIGNMENT) {
		*ret_text = kmend_format("%s is not aligned so that one store could switch its first bytes", run->name);
		return "trampoline-place";
	}
	return NULL;
}

/*
 * The jump goes behind the landing pad and the tracer's site, both of which others use. Where it cannot, the tracer
 * leads to the replacement, if it has a site in the function.
 */
static void place_trampoline(struct linker *linker, struct link_function *function)
{
	const struct kmend_object_symbol *run = function->run;
	const struct kmend_section *section = run->section;
	_cleanup_free_ char *text = NULL;
	const char *obstacle;
	bool is_traced = false;
	uint64_t at = 0;
	size_t i;

	if (run->size >= sizeof(endbr) && !memcmp(section->data + run->value, endbr, sizeof(endbr)))
		at = sizeof(endbr);
	for (i = 0; i < function->nr_sites && !is_traced; i++)
		is_traced = function->sites[i].kind == KMEND_SITE_FTRACE && function->sites[i].offset == at;
	function->trampoline_offset = is_traced ? at + KMEND_FTRACE_SITE_SIZE : at;
	obstacle = jump_obstacle(function, function->trampoline_offset, &text);
	/*
	 * Cold code is not aligned. Whether a store reaches over the end of a cache line shows in the kernel: kmend.ko looks.
	 */
	if (obstacle && !is_traced && !strcmp(obstacle, "trampoline-place"))
		return;
	if (obstacle && is_traced) {
		function->place = KMEND_PLACE_FTRACE;
		function->trampoline_offset = at;
	} else if (obstacle) {
		link_reason(linker, obstacle, "%s: %s", function->delta->unit, text);
	}
}

static int add_function(struct linker *linker, const struct kmend_delta *delta, const struct kmend_item *item,
			const struct kmend_object_symbol *run, uint32_t role)
{
	struct link_function function;
	int ret = make_function(linker, delta, run, role, &function);

	if (ret < 0)
		return ret;
	function.item = item;
	if (role == KMEND_ROLE_REPLACE)
		place_trampoline(linker, &function);
	mark_learnable(linker, &function);
	*kmend_array_add(linker->functions, linker->nr_functions) = function;
	return 0;
}

/* The part of a function that the compiler put aside, in the code as it runs (pre may be split otherwise). */
static const struct kmend_object_symbol *cold_part(const struct kmend_delta *delta,
						   const struct kmend_object_symbol *run)
{
	_cleanup_free_ char *name = kmend_format("%s.cold", run->name);
	const struct kmend_object_symbol *cold = kmend_object_symbol(delta->run, name);

	return cold && cold->section && cold->type == STT_FUNC && cold->size ? cold : NULL;
}

/* A datum that is switched where it is: its parts that change. */
static int add_datum(struct linker *linker, const struct kmend_delta *delta, const struct kmend_item *item)
{
	_cleanup_free_ struct kmend_stretch *stretches = NULL;
	size_t nr_stretches = 0;
	int ret = kmend_item_stretches(delta, item, &stretches, &nr_stretches, linker->error);

	for (size_t i = 0; i < nr_stretches && !ret; i++) {
		struct link_function function = {
			.delta = delta,
			.item = item,
			.run = item->run,
			.role = KMEND_ROLE_DATUM,
			.inner = stretches[i].from,
			.size = stretches[i].size,
			.section_symbol = link_symbol_section(linker, delta, item->run->section),
			.trampoline_offset = stretches[i].from,
		};

		ret = make_fields(linker, &function);
		if (ret < 0) {
			release(&function);
			break;
		}
		mark_learnable(linker, &function);
		*kmend_array_add(linker->functions, linker->nr_functions) = function;
	}
	return ret;
}

int link_pre_make(struct linker *linker)
{
	const struct kmend_object_symbol *cold;
	size_t i, j;
	int ret = 0;

	for (i = 0; i < linker->input->nr_deltas && !ret; i++) {
		const struct kmend_delta *delta = linker->input->deltas[i];

		for (j = 0; j < delta->nr_items && !ret; j++) {
			const struct kmend_item *item = &delta->items[j];

			if (kmend_item_switches(item))
				ret = add_datum(linker, delta, item);
			if (!item->is_function || item->parent || item->change != KMEND_CHANGE_CHANGED || !item->run ||
			    kmend_item_is_over(delta, item))
				continue;
			ret = add_function(linker, delta, item, item->run, KMEND_ROLE_REPLACE);
			cold = cold_part(delta, item->run);
			if (!ret && cold)
				ret = add_function(linker, delta, item, cold, KMEND_ROLE_PART);
		}
	}
	return ret;
}

/* Witnesses */

/* Not the room before a function, to which objtool gives a name: the kernel may put code there that counts calls. */
static bool is_witness(const struct kmend_object_symbol *symbol)
{
	return !kmend_starts_with(symbol->name, "__pfx_") && symbol->type == STT_FUNC && symbol->section &&
	       symbol->size && symbol->bind != STB_WEAK && !strncmp(symbol->section->name, ".text", 5) &&
	       !strstr(symbol->name, ".cold");
}

static bool refers_to(const struct kmend_object_symbol *function, const struct kmend_section *target)
{
	const struct kmend_section *section = function->section;
	size_t i = kmend_section_first_relocation(section, function->value);

	if (section == target)
		return true;
	for (; i < section->nr_relocations && section->relocations[i].offset < function->value + function->size; i++) {
		if (section->relocations[i].symbol->section == target &&
		    section->relocations[i].symbol->bind == STB_LOCAL)
			return true;
	}
	return false;
}

static int compare_sizes(const void *a, const void *b)
{
	const struct kmend_object_symbol *left = *(struct kmend_object_symbol *const *)a;
	const struct kmend_object_symbol *right = *(struct kmend_object_symbol *const *)b;

	if (left->size != right->size)
		return left->size < right->size ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

static bool is_matched(const struct linker *linker, const struct kmend_object_symbol *run)
{
	size_t i;

	for (i = 0; i < linker->nr_functions; i++) {
		const struct kmend_object_symbol *matched = linker->functions[i].run;

		if (matched->section == run->section && matched->value == run->value)
			return true;
	}
	return false;
}

/* Make the smallest function that teaches where `section` is a witness. 1: found, 0: there is none. */
static int find_witness(struct linker *linker, uint32_t symbol)
{
	const struct kmend_delta *delta = linker->symbols[symbol].delta;
	const struct kmend_section *section = linker->symbols[symbol].section;
	_cleanup_free_ struct kmend_object_symbol **candidates = NULL;
	struct link_function function;
	size_t nr_candidates = 0, i, j;
	int ret;

	for (i = 0; i < delta->run->nr_symbols; i++) {
		struct kmend_object_symbol *candidate = &delta->run->symbols[i];

		if (is_witness(candidate) && refers_to(candidate, section) && !is_matched(linker, candidate))
			*kmend_array_add(candidates, nr_candidates) = candidate;
	}
	if (nr_candidates)
		qsort(candidates, nr_candidates, sizeof(*candidates), compare_sizes);
	for (i = 0; i < nr_candidates; i++) {
		bool teaches = candidates[i]->section == section;

		ret = make_function(linker, delta, candidates[i], KMEND_ROLE_WITNESS, &function);
		if (ret < 0)
			return ret;
		for (j = 0; j < function.nr_fields; j++)
			teaches |= function.fields[j].symbol == symbol;
		if (teaches) {
			mark_learnable(linker, &function);
			*kmend_array_add(linker->functions, linker->nr_functions) = function;
			return 1;
		}
		release(&function);
	}
	return 0;
}

/*
 * A static function may have a twin of the same name and code in another unit of the target (an inline function of a
 * header, compiled more than once, or one that was copied). What tells them apart is where another function of the unit
 * lies, one that has no twin: the smallest that is global, else of the static ones that with the longest name.
 */
static bool is_better_guide(const struct kmend_object_symbol *one, const struct kmend_object_symbol *other)
{
	if (!other || (one->bind == STB_GLOBAL) != (other->bind == STB_GLOBAL))
		return !other || one->bind == STB_GLOBAL;
	if (one->bind == STB_GLOBAL)
		return one->size < other->size;
	return strlen(one->name) > strlen(other->name);
}

static bool has_guide(const struct linker *linker, const struct kmend_section *section)
{
	size_t i;

	for (i = 0; i < linker->nr_functions; i++) {
		const struct link_function *matched = &linker->functions[i];

		if (matched->run->section == section && matched->run->type == STT_FUNC &&
		    (matched->run->bind == STB_GLOBAL || matched->role == KMEND_ROLE_WITNESS))
			return true;
	}
	return false;
}

static int add_guide(struct linker *linker, const struct link_function *twin)
{
	const struct kmend_delta *delta = twin->delta;
	const struct kmend_object_symbol *guide = NULL;
	size_t i;

	for (i = 0; i < delta->run->nr_symbols; i++) {
		const struct kmend_object_symbol *candidate = &delta->run->symbols[i];

		if (is_witness(candidate) && candidate->section == twin->run->section &&
		    candidate->size <= KMEND_MAX_FUNCTION_SIZE && !is_matched(linker, candidate) &&
		    is_better_guide(candidate, guide))
			guide = candidate;
	}
	return guide ? add_function(linker, delta, NULL, guide, KMEND_ROLE_WITNESS) : 0;
}

static int add_guides(struct linker *linker)
{
	size_t i, count = linker->nr_functions;
	int ret = 0;

	for (i = 0; !ret && i < count; i++) {
		/* A copy: the list grows. */
		const struct link_function function = linker->functions[i];

		if (function.role == KMEND_ROLE_REPLACE && function.run->bind == STB_LOCAL &&
		    !has_guide(linker, function.run->section))
			ret = add_guide(linker, &function);
	}
	return ret;
}

static int add_all(struct linker *linker)
{
	size_t i, j;
	int ret = 0;

	for (i = 0; i < linker->input->nr_deltas; i++) {
		const struct kmend_delta *delta = linker->input->deltas[i];

		for (j = 0; j < delta->run->nr_symbols && !ret; j++) {
			const struct kmend_object_symbol *candidate = &delta->run->symbols[j];

			if (is_witness(candidate) && !is_matched(linker, candidate))
				ret = add_function(linker, delta, NULL, candidate, KMEND_ROLE_WITNESS);
		}
	}
	return ret;
}

int link_witnesses_make(struct linker *linker)
{
	size_t i;
	int ret = linker->input->matches_all ? add_all(linker) : add_guides(linker);

	if (ret < 0)
		return ret;

	for (i = 0; i < linker->nr_relocations; i++) {
		struct link_relocation *relocation = &linker->relocations[i];
		const struct kmend_object_symbol *original = relocation->original;

		if (linker->symbols[relocation->symbol].kind != KMEND_SYMBOL_SECTION ||
		    linker->symbols[relocation->symbol].is_learnable)
			continue;
		ret = find_witness(linker, relocation->symbol);
		if (ret < 0)
			return ret;
		if (ret)
			continue;
		if (!original || !*original->name || original->type == STT_SECTION) {
			link_reason(linker, "symbol-unreachable",
				    "%s refers to %s of %s, whose place no function of that file tells",
				    relocation->from, linker->symbols[relocation->symbol].name,
				    linker->symbols[relocation->symbol].unit);
			continue;
		}
		relocation->symbol = link_symbol_named(linker, original->name, "");
		relocation->addend = relocation->original_addend;
	}
	return 0;
}

void link_functions_free(struct linker *linker)
{
	size_t i;

	for (i = 0; i < linker->nr_functions; i++)
		release(&linker->functions[i]);
	free(linker->functions);
}
