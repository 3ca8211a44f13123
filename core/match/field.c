// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses in code: reading and writing relocated fields, recognising padding, texts.
 */
#include "match.h"

/* A row per encoding: its size, and how 4 bytes extend and are based. */
struct field_format {
	u8 size;
	bool is_signed;
	bool is_relative;
};

static const struct field_format field_formats[] = {
	[KMEND_FIELD_ABS64] = { .size = 8 },
	[KMEND_FIELD_ABS32] = { .size = 4 },
	[KMEND_FIELD_ABS32S] = { .size = 4, .is_signed = true },
	[KMEND_FIELD_PC32] = { .size = 4, .is_signed = true, .is_relative = true },
	[KMEND_FIELD_PC64] = { .size = 8, .is_relative = true },
	[KMEND_FIELD_BYTE] = { .size = 1 },
};

#define NR_FIELD_FORMATS (sizeof(field_formats) / sizeof(field_formats[0]))

u32 kmend_field_size(u32 type)
{
	return type < NR_FIELD_FORMATS ? field_formats[type].size : 0;
}

u64 kmend_field_value(u32 type, const u8 *bytes, u64 address, s64 addend)
{
	const struct field_format *format = &field_formats[type];
	u64 value = 0;
	u32 i;

	for (i = 0; i < format->size; i++)
		value |= (u64)bytes[i] << (8 * i);
	if (format->is_signed && (value & 0x80000000u))
		value |= 0xffffffff00000000ull;
	if (format->is_relative)
		value += address;
	return value - (u64)addend;
}

bool kmend_field_write(u32 type, u8 *bytes, u64 address, u64 value, s64 addend)
{
	const struct field_format *format;
	u32 i;

	if (!kmend_field_size(type))
		return false;
	format = &field_formats[type];
	value += (u64)addend;
	if (format->is_relative)
		value -= address;
	if (format->size == 1 && value > 0xff)
		return false;
	if (format->size == 4) {
		/* Signed: bits 31..63 are all equal; unsigned: bits 32..63 are zero. */
		if (format->is_signed ? value + 0x80000000u > 0xffffffffu : value > 0xffffffffu)
			return false;
	}
	for (i = 0; i < format->size; i++)
		bytes[i] = (u8)(value >> (8 * i));
	return true;
}

/*
 * The no-operation instructions: arch/x86/include/asm/nops.h (1 to 8 bytes) and what gas fills code with (9 to 11).
 * None is the beginning of another, so decoding is unambiguous.
 */
struct nop {
	u8 size;
	u8 bytes[11];
};

static const struct nop nops[] = {
	{ 1, { 0x90 } },
	{ 2, { 0x66, 0x90 } },
	{ 3, { 0x0f, 0x1f, 0x00 } },
	{ 4, { 0x0f, 0x1f, 0x40, 0x00 } },
	{ 5, { 0x0f, 0x1f, 0x44, 0x00, 0x00 } },
	{ 6, { 0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00 } },
	{ 7, { 0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00 } },
	{ 8, { 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 } },
	{ 9, { 0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 } },
	{ 10, { 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 } },
	{ 11, { 0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 } },
};

#define NR_NOPS (sizeof(nops) / sizeof(nops[0]))

/* Size of the no-operation instruction at the start of these bytes; 0: there is none. */
static u32 nop_size(const u8 *bytes, u32 size)
{
	u32 i, j;

	for (i = 0; i < NR_NOPS; i++) {
		if (nops[i].size > size)
			break; /* the rows rise in size */
		for (j = 0; j < nops[i].size && bytes[j] == nops[i].bytes[j]; j++)
			;
		if (j == nops[i].size)
			return j;
	}
	return 0;
}

bool kmend_match_is_nops(const u8 *bytes, u32 size)
{
	u32 step;

	while (size) {
		step = nop_size(bytes, size);
		if (!step)
			return false;
		bytes += step;
		size -= step;
	}
	return true;
}

const char *kmend_match_why_text(enum kmend_match_why why)
{
	static const char *const texts[] = {
#define WHY_TEXT(id, text) [KMEND_MATCH_##id] = text,
		KMEND_MATCH_WHYS(WHY_TEXT)
#undef WHY_TEXT
	};

	if ((u32)why >= sizeof(texts) / sizeof(texts[0]))
		return "?";
	return texts[why];
}

const char *kmend_site_kind_text(u32 kind)
{
	static const char *const texts[] = {
		[KMEND_SITE_FTRACE] = "ftrace",		[KMEND_SITE_RETURN] = "return",
		[KMEND_SITE_RETPOLINE] = "retpoline",	[KMEND_SITE_ALTERNATIVE] = "alternative",
		[KMEND_SITE_PARAVIRT] = "paravirt",	[KMEND_SITE_STATIC_CALL] = "static call",
		[KMEND_SITE_JUMP_LABEL] = "jump label", [KMEND_SITE_LOCK_PREFIX] = "lock prefix",
		[KMEND_SITE_ENDBR] = "endbr",		[KMEND_SITE_CALL] = "call",
		[KMEND_SITE_CONSTANT] = "constant",
	};

	if (kind >= sizeof(texts) / sizeof(texts[0]) || !texts[kind])
		return "?";
	return texts[kind];
}
