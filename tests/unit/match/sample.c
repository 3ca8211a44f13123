// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "sample.h"

static const u8 nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
static const u8 call[] = { 0xe8, 0, 0, 0, 0 };
static const u8 jump[] = { 0xe9, 0, 0, 0, 0 };
static const u8 ret[] = { 0xc3 };
static const u8 short_form[] = { 0xaa, 0xbb };

static bool check(void *data, const struct kmend_symbol *symbol, u32 index, u64 value)
{
	static const u64 right[] = {
		[SAMPLE_CALLEE] = SAMPLE_CALLEE_AT,   [SAMPLE_DATA] = SAMPLE_DATA_AT,
		[SAMPLE_CONTENT] = SAMPLE_CONTENT_AT, [SAMPLE_THUNK] = SAMPLE_THUNK_AT,
		[SAMPLE_ANY] = SAMPLE_ANY_AT,
	};
	struct sample *sample = data;

	sample->nr_checks++;
	return symbol == &sample->symbols[index] && value == right[index];
}

void sample_put_pc32(struct sample *sample, u32 offset, u64 value)
{
	kmend_field_write(KMEND_FIELD_PC32, sample->run + offset, SAMPLE_RUN + offset, value, -4);
}

void sample_put_abs32(struct sample *sample, u32 offset, u64 value)
{
	kmend_field_write(KMEND_FIELD_ABS32S, sample->run + offset, SAMPLE_RUN + offset, value, 0);
}

static const struct kmend_symbol symbols[SAMPLE_NR_SYMBOLS] = {
	[SAMPLE_SECTION] = { .name = ".text", .unit = "unit.c", .kind = KMEND_SYMBOL_SECTION },
	[SAMPLE_CALLEE] = { .name = "callee", .unit = "unit.c", .kind = KMEND_SYMBOL_NAMED },
	[SAMPLE_DATA] = { .name = ".data", .unit = "unit.c", .kind = KMEND_SYMBOL_SECTION },
	[SAMPLE_CONTENT] = { .name = "text",
			     .unit = "unit.c",
			     .kind = KMEND_SYMBOL_CONTENT,
			     .content = "hi",
			     .content_size = 3 },
	[SAMPLE_THUNK] = { .name = "thunk_a|thunk_b", .unit = "unit.c", .kind = KMEND_SYMBOL_ONE_OF },
	[SAMPLE_ANY] = { .name = "code", .unit = "unit.c", .kind = KMEND_SYMBOL_ANY_TEXT },
};

static const struct kmend_field fields[] = {
	{ .offset = SAMPLE_CALL, .type = KMEND_FIELD_PC32, .symbol = SAMPLE_CALLEE, .addend = -4 },
	{ .offset = SAMPLE_LOAD, .type = KMEND_FIELD_ABS32S, .symbol = SAMPLE_DATA, .addend = 0x20 },
	{ .offset = SAMPLE_STRING, .type = KMEND_FIELD_ABS32S, .symbol = SAMPLE_CONTENT, .addend = 0 },
	{ .offset = SAMPLE_CALL_AGAIN, .type = KMEND_FIELD_PC32, .symbol = SAMPLE_CALLEE, .addend = -4 },
	/* of forms */
	{ .offset = 1, .type = KMEND_FIELD_PC32, .symbol = SAMPLE_ANY, .addend = -4 },
	{ .offset = 1, .type = KMEND_FIELD_PC32, .symbol = SAMPLE_CALLEE, .addend = -4 },
	{ .offset = 1, .type = KMEND_FIELD_PC32, .symbol = SAMPLE_THUNK, .addend = -4 },
};

static const struct kmend_form forms[] = {
	{ .bytes = nop5, .size = 5 },
	{ .bytes = call, .size = 5, .first_field = 4, .nr_fields = 1 },
	{ .bytes = short_form, .size = 2, .tail = KMEND_TAIL_NOPS },
	{ .bytes = call, .size = 5, .tail = KMEND_TAIL_NOPS, .first_field = 5, .nr_fields = 1 },
	{ .bytes = jump, .size = 5, .first_field = 6, .nr_fields = 1 },
	{ .bytes = ret, .size = 1, .tail = KMEND_TAIL_INT3 },
};

static const struct kmend_site sites[] = {
	{ .offset = SAMPLE_FTRACE,
	  .size = 5,
	  .kind = KMEND_SITE_FTRACE,
	  .flags = KMEND_SITE_REWRITTEN_LATER,
	  .first_form = 0,
	  .nr_forms = 2 },
	{ .offset = SAMPLE_ALTERNATIVE, .size = 10, .kind = KMEND_SITE_ALTERNATIVE, .first_form = 2, .nr_forms = 2 },
	{ .offset = SAMPLE_RETURN, .size = 5, .kind = KMEND_SITE_RETURN, .first_form = 4, .nr_forms = 2 },
};

void sample_init(struct sample *sample)
{
	static const char replacement[64];
	u32 i;

	memset(sample, 0, sizeof(*sample));
	memcpy(sample->symbols, symbols, sizeof(symbols));
	memcpy(sample->fields, fields, sizeof(fields));
	memcpy(sample->forms, forms, sizeof(forms));
	memcpy(sample->sites, sites, sizeof(sites));
	for (i = 0; i < SAMPLE_SIZE; i++)
		sample->pre[i] = 0x40 + i;
	memcpy(sample->run, sample->pre, SAMPLE_SIZE);
	memcpy(sample->run + SAMPLE_FTRACE, nop5, 5);
	sample_put_pc32(sample, SAMPLE_CALL, SAMPLE_CALLEE_AT);
	sample_put_abs32(sample, SAMPLE_LOAD, SAMPLE_DATA_AT + 0x20);
	sample_put_abs32(sample, SAMPLE_STRING, SAMPLE_CONTENT_AT);
	memcpy(sample->run + SAMPLE_ALTERNATIVE, "\xaa\xbb\x0f\x1f\x84\x00\x00\x00\x00\x00", 10);
	sample_put_pc32(sample, SAMPLE_CALL_AGAIN, SAMPLE_CALLEE_AT);
	sample->run[SAMPLE_RETURN] = 0xe9;
	sample_put_pc32(sample, SAMPLE_RETURN + 1, SAMPLE_THUNK_AT);
	sample->env = (struct kmend_match_env){ .check = check, .data = sample };
	sample->function = (struct kmend_function){
		.name = "sample",
		.unit = "unit.c",
		.pre = sample->pre,
		.replacement = replacement,
		.replacement_size = sizeof(replacement),
		.fields = sample->fields,
		.sites = sample->sites,
		.forms = sample->forms,
		.pre_size = SAMPLE_SIZE,
		.nr_fields = 4,
		.nr_all_fields = sizeof(fields) / sizeof(fields[0]),
		.nr_sites = sizeof(sites) / sizeof(sites[0]),
		.nr_forms = sizeof(forms) / sizeof(forms[0]),
		.role = KMEND_ROLE_REPLACE,
		.section_symbol = SAMPLE_SECTION,
		.section_offset = SAMPLE_SECTION_OFFSET,
		.trampoline_offset = 5,
	};
}

bool sample_match(struct sample *sample)
{
	return kmend_match_function(&sample->function, sample->symbols, sample->run, SAMPLE_RUN, &sample->env,
				    sample->values, &sample->result);
}
