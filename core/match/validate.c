// SPDX-License-Identifier: GPL-2.0
/*
 * Are the tables of a function sound? Everything the matcher relies on is checked here, once.
 */
#include "match.h"

/* match.c notes fields of a form in a 64-bit mask; 255 bytes hold at most 63 fields of 4 bytes. */
#define MAX_FORM_FIELDS 64

static enum kmend_match_why bad(struct kmend_match_result *result, enum kmend_match_why why, u32 offset)
{
	*result = (struct kmend_match_result){ .why = why, .offset = offset, .symbol = ~0u, .site = ~0u };
	return why;
}

bool kmend_match_symbol_is_valid(const struct kmend_symbol *symbol)
{
	if (!symbol->name || !symbol->unit)
		return false;
	switch (symbol->kind) {
	case KMEND_SYMBOL_NAMED:
	case KMEND_SYMBOL_ONE_OF:
		return symbol->name[0] != '\0';
	case KMEND_SYMBOL_VALUE:
		return symbol->name[0] && (symbol->content_size == 4 || symbol->content_size == 8);
	case KMEND_SYMBOL_UPDATE:
		return symbol->name[0] && symbol->object && symbol->object[0];
	case KMEND_SYMBOL_CONTENT:
		return symbol->content && symbol->content_size && symbol->content_size <= KMEND_MAX_FUNCTION_SIZE;
	case KMEND_SYMBOL_SECTION:
	case KMEND_SYMBOL_ANY_TEXT:
		return true;
	default:
		return false;
	}
}

/* Fields rise and do not overlap, and lie within `size` bytes. */
static bool fields_are_valid(const struct kmend_field *fields, u32 nr_fields, u32 size, u32 nr_symbols, u32 *ret_offset)
{
	u32 i, width, end = 0;

	for (i = 0; i < nr_fields; i++) {
		*ret_offset = fields[i].offset;
		width = kmend_field_size(fields[i].type);
		if (!width || fields[i].symbol >= nr_symbols)
			return false;
		if (fields[i].offset < end || fields[i].offset > size || width > size - fields[i].offset)
			return false;
		end = fields[i].offset + width;
	}
	return true;
}

static bool form_is_valid(const struct kmend_function *function, const struct kmend_site *site,
			  const struct kmend_form *form, u32 nr_symbols)
{
	u32 unused;

	if (form->size > site->size || (form->size && !form->bytes) || form->tail > KMEND_TAIL_INT3)
		return false;
	if (form->tail == KMEND_TAIL_NONE && form->size != site->size)
		return false;
	if (form->nr_fields > MAX_FORM_FIELDS)
		return false;
	if (!form->nr_fields)
		return true;
	/* The forms' fields lie behind those of the plain code. */
	if (form->first_field < function->nr_fields || form->first_field > function->nr_all_fields ||
	    form->nr_fields > function->nr_all_fields - form->first_field)
		return false;
	return fields_are_valid(function->fields + form->first_field, form->nr_fields, form->size, nr_symbols, &unused);
}

static enum kmend_match_why validate_sites(const struct kmend_function *function, u32 nr_symbols,
					   struct kmend_match_result *result)
{
	const struct kmend_site *site;
	u32 i, j, end = 0;

	for (i = 0; i < function->nr_sites; i++) {
		site = &function->sites[i];
		if (!site->size || site->size > KMEND_MAX_SITE || site->offset < end ||
		    site->offset > function->pre_size || site->size > function->pre_size - site->offset)
			return bad(result, KMEND_MATCH_BAD_SITE, site->offset);
		end = site->offset + site->size;
		if (!site->nr_forms || site->first_form > function->nr_forms ||
		    site->nr_forms > function->nr_forms - site->first_form)
			return bad(result, KMEND_MATCH_BAD_SITE, site->offset);
		for (j = 0; j < site->nr_forms; j++) {
			if (!form_is_valid(function, site, &function->forms[site->first_form + j], nr_symbols))
				return bad(result, KMEND_MATCH_BAD_FORM, site->offset);
		}
	}
	return KMEND_MATCH_EQUAL;
}

/* A plain field must not reach into a site: both are sorted, so one walk over both tells. */
static enum kmend_match_why validate_separation(const struct kmend_function *function,
						struct kmend_match_result *result)
{
	const struct kmend_field *field;
	const struct kmend_site *site;
	u32 f = 0, s = 0;

	while (f < function->nr_fields && s < function->nr_sites) {
		field = &function->fields[f];
		site = &function->sites[s];
		if (field->offset + kmend_field_size(field->type) <= site->offset)
			f++;
		else if (site->offset + site->size <= field->offset)
			s++;
		else
			return bad(result, KMEND_MATCH_BAD_FIELD, field->offset);
	}
	return KMEND_MATCH_EQUAL;
}

/* Sites that the kernel may rewrite at any time, whatever the builder's flag says. */
static bool is_rewritten_later(const struct kmend_site *site)
{
	static const bool later[] = {
		[KMEND_SITE_FTRACE] = true,
		[KMEND_SITE_STATIC_CALL] = true,
		[KMEND_SITE_JUMP_LABEL] = true,
		[KMEND_SITE_LOCK_PREFIX] = true,
	};

	return (site->flags & KMEND_SITE_REWRITTEN_LATER) || (site->kind < sizeof(later) && later[site->kind]);
}

static enum kmend_match_why validate_ftrace_place(const struct kmend_function *function,
						  struct kmend_match_result *result)
{
	u32 i;

	for (i = 0; i < function->nr_sites; i++) {
		if (function->sites[i].kind == KMEND_SITE_FTRACE &&
		    function->sites[i].offset == function->trampoline_offset)
			return KMEND_MATCH_EQUAL;
	}
	return bad(result, KMEND_MATCH_BAD_PLACE, function->trampoline_offset);
}

static enum kmend_match_why validate_trampoline(const struct kmend_function *function,
						struct kmend_match_result *result)
{
	u32 from = function->trampoline_offset, to = from + KMEND_TRAMPOLINE_SIZE, i;
	const struct kmend_site *site;

	if (function->role != KMEND_ROLE_REPLACE)
		return KMEND_MATCH_EQUAL;
	if (!function->replacement || !function->replacement_size)
		return bad(result, KMEND_MATCH_BAD_POINTER, 0);
	if (function->place == KMEND_PLACE_FTRACE)
		return validate_ftrace_place(function, result);
	if (function->place != KMEND_PLACE_JUMP)
		return bad(result, KMEND_MATCH_BAD_PLACE, from);
	/* It may reach into the padding behind a very short function (which kmend.ko checks), never start there. */
	if (from >= function->pre_size)
		return bad(result, KMEND_MATCH_BAD_TRAMPOLINE, from);
	for (i = 0; i < function->nr_sites; i++) {
		site = &function->sites[i];
		if (site->offset < to && from < site->offset + site->size && is_rewritten_later(site))
			return bad(result, KMEND_MATCH_TRAMPOLINE_SITE, site->offset);
	}
	return KMEND_MATCH_EQUAL;
}

/* Its content is exchanged byte for byte. The kernel rewrites no data. */
static enum kmend_match_why validate_datum(const struct kmend_function *function, struct kmend_match_result *result)
{
	if (!function->replacement)
		return bad(result, KMEND_MATCH_BAD_POINTER, 0);
	if (function->replacement_size != function->pre_size)
		return bad(result, KMEND_MATCH_BAD_SIZE, 0);
	return function->nr_sites ? bad(result, KMEND_MATCH_BAD_SITE, 0) : KMEND_MATCH_EQUAL;
}

static enum kmend_match_why validate(const struct kmend_function *function, const struct kmend_symbol *symbols,
				     u32 nr_symbols, struct kmend_match_result *result)
{
	enum kmend_match_why why;
	u32 offset = 0, i;

	if (!function->name || !function->unit || !function->pre || (function->nr_all_fields && !function->fields) ||
	    (function->nr_sites && !function->sites) || (function->nr_forms && !function->forms))
		return bad(result, KMEND_MATCH_BAD_POINTER, 0);
	if (!function->pre_size || function->pre_size > KMEND_MAX_FUNCTION_SIZE ||
	    function->nr_sites > function->pre_size || function->nr_fields > function->nr_all_fields)
		return bad(result, KMEND_MATCH_BAD_SIZE, 0);
	if (function->role < KMEND_ROLE_REPLACE || function->role > KMEND_ROLE_DATUM)
		return bad(result, KMEND_MATCH_BAD_ROLE, 0);
	if (function->section_symbol >= nr_symbols || symbols[function->section_symbol].kind != KMEND_SYMBOL_SECTION)
		return bad(result, KMEND_MATCH_BAD_SYMBOL, 0);
	/* keep and forget walk all fields, those of no form included */
	for (i = 0; i < function->nr_all_fields; i++) {
		if (function->fields[i].symbol >= nr_symbols)
			return bad(result, KMEND_MATCH_BAD_FIELD, function->fields[i].offset);
	}
	if (!fields_are_valid(function->fields, function->nr_fields, function->pre_size, nr_symbols, &offset))
		return bad(result, KMEND_MATCH_BAD_FIELD, offset);
	if (function->role == KMEND_ROLE_DATUM)
		return validate_datum(function, result);
	why = validate_sites(function, nr_symbols, result);
	if (why == KMEND_MATCH_EQUAL)
		why = validate_separation(function, result);
	if (why == KMEND_MATCH_EQUAL)
		why = validate_trampoline(function, result);
	return why;
}

enum kmend_match_why kmend_match_validate(const struct kmend_function *function, const struct kmend_symbol *symbols,
					  u32 nr_symbols, struct kmend_match_result *ret_result)
{
	struct kmend_match_result result = { .why = KMEND_MATCH_EQUAL, .symbol = ~0u, .site = ~0u };
	enum kmend_match_why why = validate(function, symbols, nr_symbols, &result);

	if (ret_result)
		*ret_result = result;
	return why;
}
