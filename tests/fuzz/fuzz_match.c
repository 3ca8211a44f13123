// SPDX-License-Identifier: GPL-2.0
/*
 * The matcher on arbitrary tables. Input: struct head, then the arrays it counts, as they lie in memory, then the pre
 * code; the rest is the run code. Each array is copied to memory of exactly its size, so a sanitizer sees one step
 * beyond. Tables that validate must be matched without a fault, and a candidate that fails must leave no trace.
 */
#include <stdlib.h>
#include <string.h>

#include "core/match/match.h"
#include "fuzz.h"

struct head {
	u8 nr_symbols, nr_fields, nr_all_fields, nr_sites;
	u8 nr_forms, role, trampoline_offset, section_symbol;
	u16 pre_size;
	u16 answers; /* what the surroundings say: bit (question % 16) */
};

struct input {
	const u8 *data;
	size_t size;
};

/* The next `size` bytes, zero behind the input's end; never NULL. */
static void *take(struct input *input, size_t size)
{
	size_t there = size < input->size ? size : input->size;
	u8 *copy = calloc(1, size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, input->data, there);
	input->data += there;
	input->size -= there;
	return copy;
}

struct answers {
	u16 bits;
	u32 count;
};

static bool answer(void *data, const struct kmend_symbol *symbol, u32 index, u64 value)
{
	struct answers *answers = data;

	(void)symbol, (void)index, (void)value;
	return answers->bits >> (answers->count++ % 16) & 1;
}

static void match(const struct kmend_function *function, const struct kmend_symbol *symbols, u32 nr_symbols,
		  const u8 *run, u16 bits)
{
	struct kmend_value *values = calloc(nr_symbols ? nr_symbols : 1, sizeof(*values));
	struct answers answers = { .bits = bits };
	struct kmend_match_env env = { .check = answer, .data = &answers };
	struct kmend_match_result result;
	bool equal;

	if (!values)
		abort();
	equal = kmend_match_function(function, symbols, run, 0xffffffff81000000ull, &env, values, &result);
	if (equal != (result.why == KMEND_MATCH_EQUAL) || result.offset > function->pre_size)
		abort();
	if (result.symbol != ~0u && result.symbol >= nr_symbols)
		abort();
	if (equal)
		kmend_match_forget(function, values);
	for (u32 i = 0; i < nr_symbols; i++) {
		if (values[i].state != KMEND_VALUE_UNKNOWN || values[i].value)
			abort();
	}
	free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { .data = data, .size = size };
	struct head *head = take(&input, sizeof(*head));
	struct kmend_symbol *symbols = take(&input, head->nr_symbols * sizeof(*symbols));
	struct kmend_field *fields = take(&input, head->nr_all_fields * sizeof(*fields));
	struct kmend_site *sites = take(&input, head->nr_sites * sizeof(*sites));
	struct kmend_form *forms = take(&input, head->nr_forms * sizeof(*forms));
	u8 *pre = take(&input, head->pre_size);
	u8 *run = take(&input, head->pre_size);
	struct kmend_function function = {
		.name = "function",
		.unit = "unit",
		.pre = pre,
		.replacement = pre,
		.replacement_size = 1,
		.fields = fields,
		.sites = sites,
		.forms = forms,
		.pre_size = head->pre_size,
		.nr_fields = head->nr_fields,
		.nr_all_fields = head->nr_all_fields,
		.nr_sites = head->nr_sites,
		.nr_forms = head->nr_forms,
		.role = head->role,
		.section_symbol = head->section_symbol,
		.trampoline_offset = head->trampoline_offset,
	};
	bool valid = true;

	/* Pointers are not the matcher's to check: give it right ones. A form's bytes are a part of the pre code. */
	for (u32 i = 0; i < head->nr_symbols; i++) {
		symbols[i].name = symbols[i].unit = symbols[i].object = "symbol";
		symbols[i].content = pre;
		valid &= kmend_match_symbol_is_valid(&symbols[i]);
	}
	for (u32 i = 0; i < head->nr_forms; i++) {
		forms[i].bytes = pre;
		valid &= forms[i].size <= head->pre_size;
	}
	if (kmend_match_validate(&function, symbols, head->nr_symbols, NULL) == KMEND_MATCH_EQUAL && valid)
		match(&function, symbols, head->nr_symbols, run, head->answers);
	free(head), free(symbols), free(fields), free(sites), free(forms), free(pre), free(run);
	return 0;
}
