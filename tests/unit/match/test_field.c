// SPDX-License-Identifier: GPL-2.0
#include "sample.h"
#include "tap.h"

static void test_round_trip(void)
{
	static const struct {
		u32 type;
		u64 address, value;
		s64 addend;
		bool fits;
	} rows[] = {
		{ KMEND_FIELD_ABS64, 0, 0x123456789abcdef0, 0, true },
		{ KMEND_FIELD_ABS64, 0, 0xffffffff81000000, -16, true },
		{ KMEND_FIELD_ABS32, 0, 0xfffffff0, 0xf, true },
		{ KMEND_FIELD_ABS32, 0, 0xfffffff0, 0x10, false },
		{ KMEND_FIELD_ABS32, 0, 0xffffffff81000000, 0, false },
		{ KMEND_FIELD_ABS32S, 0, 0xffffffff81000000, 8, true },
		{ KMEND_FIELD_ABS32S, 0, 0x7fffffff, 0, true },
		{ KMEND_FIELD_ABS32S, 0, 0x7fffffff, 1, false },
		{ KMEND_FIELD_ABS32S, 0, 0xffffffff80000000, 0, true },
		{ KMEND_FIELD_ABS32S, 0, 0xffffffff80000000, -1, false },
		{ KMEND_FIELD_PC32, 0xffffffffc0000000, 0xffffffff81000000, -4, true },
		{ KMEND_FIELD_PC32, 0xffffffffc0000000, 0x1f440, -4, true }, /* per-CPU: an offset from 0 */
		{ KMEND_FIELD_PC32, 0xffffffffc0000000, 0xffff888000000000, -4, false },
		{ KMEND_FIELD_PC32, 0x1000, 0x80000fff, 0, true },
		{ KMEND_FIELD_PC32, 0x1000, 0x80001000, 0, false },
		{ KMEND_FIELD_PC64, 0xffffffffc0000000, 0xffff888000000000, -4, true },
		{ KMEND_FIELD_BYTE, 0xffffffffc0000000, 0x10, 0, true },
		{ KMEND_FIELD_BYTE, 0xffffffffc0000000, 0x100, 0, false },
		{ 0, 0, 0, 0, false },
		{ 7, 0, 0, 0, false },
		{ ~0u, 0, 0, 0, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		u8 bytes[12];
		bool fits;

		memset(bytes, 0x5a, sizeof(bytes));
		fits = kmend_field_write(rows[i].type, bytes + 2, rows[i].address, rows[i].value, rows[i].addend);
		ok(fits == rows[i].fits, "row %zu: it %s", i, rows[i].fits ? "fits" : "does not fit");
		if (fits)
			ok(kmend_field_value(rows[i].type, bytes + 2, rows[i].address, rows[i].addend) == rows[i].value,
			   "row %zu: read back", i);
		else
			ok(bytes[2] == 0x5a && bytes[5] == 0x5a, "row %zu: untouched", i);
		ok(bytes[1] == 0x5a && bytes[2 + (fits ? kmend_field_size(rows[i].type) : 0)] == 0x5a,
		   "row %zu: nothing around it", i);
	}
}

static void test_nops(void)
{
	ok(kmend_match_is_nops(NULL, 0), "nothing is nops");
	ok(kmend_match_is_nops((const u8 *)"\x90\x90\x66\x90", 4), "single and double");
	ok(kmend_match_is_nops((const u8 *)"\x66\x66\x2e\x0f\x1f\x84\0\0\0\0\0\x0f\x1f\x80\0\0\0\0", 18), "11 and 7");
	ok(!kmend_match_is_nops((const u8 *)"\x0f\x1f\x84\0\0\0\0", 7), "8 cut off at 7");
	ok(!kmend_match_is_nops((const u8 *)"\x90\xcc", 2), "int3 is none");
	ok(!kmend_match_is_nops((const u8 *)"\x0f\x1f\x44\x00\x01", 5), "the operand counts");
	ok(!kmend_match_is_nops((const u8 *)"\x66", 1), "a lone prefix is none");
}

static void test_texts(void)
{
	ok(kmend_match_why_text(KMEND_MATCH_EQUAL)[0], "a text for a reason");
	is(kmend_match_why_text(9999), "?", "no text for what is no reason");
	is(kmend_site_kind_text(KMEND_SITE_CONSTANT), "constant", "the last kind of site has a text");
	is(kmend_site_kind_text(0), "?", "kind 0 is none");
	is(kmend_site_kind_text(12), "?", "nor is one too high");
}

int main(void)
{
	test_round_trip();
	test_nops();
	test_texts();
	return done_testing();
}
