// SPDX-License-Identifier: GPL-2.0
/*
 * Comparing running code with pre code. Tables are validated (validate.c) before anything here runs.
 */
#include "match.h"

/* One comparison of one candidate. */
struct trial {
	const struct kmend_function *function;
	const struct kmend_symbol *symbols;
	const u8 *run;
	u64 run_address;
	const struct kmend_match_env *env;
	struct kmend_value *values;
	struct kmend_match_result *result;
};

static bool differ(struct trial *trial, enum kmend_match_why why, u32 offset)
{
	*trial->result = (struct kmend_match_result){
		.why = why,
		.offset = offset,
		.symbol = ~0u,
		.site = ~0u,
	};
	return false;
}

static bool differ_in_symbol(struct trial *trial, enum kmend_match_why why, u32 offset, u32 symbol, u64 value)
{
	differ(trial, why, offset);
	trial->result->symbol = symbol;
	trial->result->value = value;
	return false;
}

/* Do all references to such a symbol hold one value? */
static bool is_one_address(const struct kmend_symbol *symbol)
{
	return symbol->kind == KMEND_SYMBOL_NAMED || symbol->kind == KMEND_SYMBOL_SECTION ||
	       symbol->kind == KMEND_SYMBOL_VALUE;
}

static bool env_accepts(struct trial *trial, u32 index, u64 value)
{
	const struct kmend_symbol *symbol = &trial->symbols[index];

	if (symbol->kind == KMEND_SYMBOL_SECTION || !trial->env || !trial->env->check)
		return true;
	return trial->env->check(trial->env->data, symbol, index, value);
}

/* `offset`: of the field in the function. */
static bool match_field(struct trial *trial, const struct kmend_field *field, u32 offset)
{
	const struct kmend_symbol *symbol = &trial->symbols[field->symbol];
	struct kmend_value *known = &trial->values[field->symbol];
	u64 value;

	value = kmend_field_value(field->type, trial->run + offset, trial->run_address + offset, field->addend);
	if (known->state != KMEND_VALUE_UNKNOWN && known->value == value)
		return true;
	if (known->state != KMEND_VALUE_UNKNOWN && is_one_address(symbol))
		return differ_in_symbol(trial, KMEND_MATCH_CONFLICT, offset, field->symbol, value);
	if (!env_accepts(trial, field->symbol, value))
		return differ_in_symbol(trial, KMEND_MATCH_VALUE, offset, field->symbol, value);
	/* Of equal constants the first one found is as good as any: new code may refer to it. */
	if (known->state == KMEND_VALUE_UNKNOWN && (is_one_address(symbol) || symbol->kind == KMEND_SYMBOL_CONTENT)) {
		known->value = value;
		known->state = KMEND_VALUE_TRIAL;
	}
	return true;
}

/* Compare a stretch outside sites. `*next` is the first field at or behind `from`; moved on behind `to`. */
static bool match_plain(struct trial *trial, u32 from, u32 to, u32 *next)
{
	const struct kmend_function *function = trial->function;
	u32 offset = from, stop;

	while (offset < to) {
		stop = *next < function->nr_fields && function->fields[*next].offset < to
			       ? function->fields[*next].offset
			       : to;
		for (; offset < stop; offset++) {
			if (trial->run[offset] != function->pre[offset])
				return differ(trial, KMEND_MATCH_BYTES, offset);
		}
		if (offset == to)
			break;
		if (!match_field(trial, &function->fields[*next], offset))
			return false;
		offset += kmend_field_size(function->fields[*next].type);
		(*next)++;
	}
	return true;
}

static bool tail_matches(u32 tail, const u8 *bytes, u32 size)
{
	u32 i;

	switch (tail) {
	case KMEND_TAIL_NOPS:
		return kmend_match_is_nops(bytes, size);
	case KMEND_TAIL_INT3:
		for (i = 0; i < size; i++) {
			if (bytes[i] != 0xcc)
				return false;
		}
		return true;
	default:
		return size == 0;
	}
}

/* Is the byte at `offset` of the form part of one of its fields? */
static bool is_in_field(const struct kmend_function *function, const struct kmend_form *form, u32 offset)
{
	const struct kmend_field *field;
	u32 i;

	for (i = 0; i < form->nr_fields; i++) {
		field = &function->fields[form->first_field + i];
		if (offset >= field->offset && offset - field->offset < kmend_field_size(field->type))
			return true;
	}
	return false;
}

static bool form_bytes_match(const struct kmend_function *function, const struct kmend_form *form, const u8 *run,
			     u32 site_size)
{
	u32 i;

	for (i = 0; i < form->size; i++) {
		if (run[i] != form->bytes[i] && !is_in_field(function, form, i))
			return false;
	}
	return tail_matches(form->tail, run + form->size, site_size - form->size);
}

static void settle_field(const struct kmend_field *field, struct kmend_value *values, u32 state)
{
	struct kmend_value *value = &values[field->symbol];

	if (value->state != KMEND_VALUE_TRIAL)
		return;
	value->state = state;
	if (state == KMEND_VALUE_UNKNOWN)
		value->value = 0;
}

/*
 * Try one form. Its fields are looked at in order, and what they teach is kept only if all agree: a form that is not
 * the one in force must leave no trace. So a field that taught something is noted, by number, in a mask.
 */
static bool match_form(struct trial *trial, const struct kmend_site *site, const struct kmend_form *form)
{
	const struct kmend_function *function = trial->function;
	const struct kmend_field *fields = function->fields + form->first_field;
	u64 taught = 0;
	bool unknown;
	u32 i;

	if (!form_bytes_match(function, form, trial->run + site->offset, site->size))
		return false;
	for (i = 0; i < form->nr_fields; i++) {
		unknown = trial->values[fields[i].symbol].state == KMEND_VALUE_UNKNOWN;
		if (!match_field(trial, &fields[i], site->offset + fields[i].offset))
			break;
		if (unknown)
			taught |= 1ull << i; /* validated: a form has at most 64 fields (255 bytes, 4 each) */
	}
	if (i == form->nr_fields)
		return true;
	while (i--) {
		if (taught & (1ull << i))
			settle_field(&fields[i], trial->values, KMEND_VALUE_UNKNOWN);
	}
	return false;
}

static bool match_site(struct trial *trial, u32 index)
{
	const struct kmend_site *site = &trial->function->sites[index];
	struct kmend_match_result field_result;
	bool has_field_result = false;
	u32 i;

	for (i = 0; i < site->nr_forms; i++) {
		trial->result->why = KMEND_MATCH_EQUAL;
		if (match_form(trial, site, &trial->function->forms[site->first_form + i]))
			return true;
		/* A form whose bytes agree and whose address does not says more than "none of the forms". */
		if (trial->result->why != KMEND_MATCH_EQUAL && !has_field_result) {
			field_result = *trial->result;
			has_field_result = true;
		}
	}
	if (has_field_result)
		*trial->result = field_result;
	else
		differ(trial, KMEND_MATCH_SITE, site->offset);
	trial->result->site = index;
	return false;
}

/* The function's own place is evidence, too: it lies at a known offset of its section. */
static bool match_place(struct trial *trial)
{
	const struct kmend_function *function = trial->function;
	struct kmend_value *known = &trial->values[function->section_symbol];
	u64 base = trial->run_address - function->section_offset;

	if (known->state == KMEND_VALUE_UNKNOWN) {
		known->value = base;
		known->state = KMEND_VALUE_TRIAL;
		return true;
	}
	if (known->value == base)
		return true;
	return differ_in_symbol(trial, KMEND_MATCH_PLACE, 0, function->section_symbol, base);
}

static bool match_all(struct trial *trial)
{
	const struct kmend_function *function = trial->function;
	const struct kmend_site *site;
	u32 offset = 0, next_field = 0, i;

	if (!match_place(trial))
		return false;
	for (i = 0; i < function->nr_sites; i++) {
		site = &function->sites[i];
		if (!match_plain(trial, offset, site->offset, &next_field))
			return false;
		if (!match_site(trial, i))
			return false;
		offset = site->offset + site->size;
	}
	return match_plain(trial, offset, function->pre_size, &next_field);
}

static void settle(const struct kmend_function *function, struct kmend_value *values, u32 state)
{
	const struct kmend_field place = { .symbol = function->section_symbol };
	u32 i;

	settle_field(&place, values, state);
	for (i = 0; i < function->nr_all_fields; i++)
		settle_field(&function->fields[i], values, state);
}

void kmend_match_keep(const struct kmend_function *function, struct kmend_value *values)
{
	settle(function, values, KMEND_VALUE_KNOWN);
}

void kmend_match_forget(const struct kmend_function *function, struct kmend_value *values)
{
	settle(function, values, KMEND_VALUE_UNKNOWN);
}

bool kmend_match_function(const struct kmend_function *function, const struct kmend_symbol *symbols, const u8 *run,
			  u64 run_address, const struct kmend_match_env *env, struct kmend_value *values,
			  struct kmend_match_result *ret_result)
{
	struct kmend_match_result result = { .why = KMEND_MATCH_EQUAL, .symbol = ~0u, .site = ~0u };
	struct trial trial = {
		.function = function,
		.symbols = symbols,
		.run = run,
		.run_address = run_address,
		.env = env,
		.values = values,
		.result = &result,
	};
	bool equal = match_all(&trial);

	if (equal)
		result = (struct kmend_match_result){ .offset = function->pre_size, .symbol = ~0u, .site = ~0u };
	else
		kmend_match_forget(function, values);
	*ret_result = result;
	return equal;
}
