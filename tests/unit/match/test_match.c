// SPDX-License-Identifier: GPL-2.0
#include "sample.h"
#include "tap.h"

static struct sample s;

/* After a failure nothing may be left; after forgetting neither. */
static bool nothing_learnt(void)
{
	for (int i = 0; i < SAMPLE_NR_SYMBOLS; i++) {
		if (s.values[i].state || s.values[i].value)
			return false;
	}
	return true;
}

static void refuses(enum kmend_match_why why, u32 offset, const char *name)
{
	bool equal = sample_match(&s);

	ok(!equal, "%s: no match", name);
	ok(s.result.why == why && s.result.offset == offset, "%s: %s at %u", name, kmend_match_why_text(why), offset);
	if (s.result.why != why || s.result.offset != offset)
		diag("got: %s at %u", kmend_match_why_text(s.result.why), s.result.offset);
	ok(nothing_learnt(), "%s: nothing is left", name);
}

static void test_learning(void)
{
	sample_init(&s);
	ok(sample_match(&s), "the sample matches");
	ok(s.result.why == KMEND_MATCH_EQUAL && s.result.offset == SAMPLE_SIZE, "to its end");
	ok(s.values[SAMPLE_CALLEE].state == KMEND_VALUE_TRIAL && s.values[SAMPLE_CALLEE].value == SAMPLE_CALLEE_AT,
	   "it teaches a name");
	ok(s.values[SAMPLE_DATA].value == SAMPLE_DATA_AT, "and a section, by its addend");
	ok(s.values[SAMPLE_SECTION].value == SAMPLE_RUN - SAMPLE_SECTION_OFFSET, "and its own section");
	ok(s.values[SAMPLE_CONTENT].value == SAMPLE_CONTENT_AT, "and a string");
	ok(!s.values[SAMPLE_THUNK].state && !s.values[SAMPLE_ANY].state,
	   "but no address where every reference may have its own");
	kmend_match_forget(&s.function, s.values);
	ok(nothing_learnt(), "forgotten");
	sample_match(&s);
	kmend_match_keep(&s.function, s.values);
	ok(s.values[SAMPLE_DATA].state == KMEND_VALUE_KNOWN, "kept");
	kmend_match_forget(&s.function, s.values);
	ok(s.values[SAMPLE_DATA].state == KMEND_VALUE_KNOWN, "what is known is not forgotten");
	s.nr_checks = 0;
	ok(sample_match(&s), "it matches again");
	ok(s.nr_checks == 1, "what is known is compared, not asked about (%u questions)", s.nr_checks);
}

/* Every single byte matters, but for those under fields whose change still gives a legal value (there is none here). */
static void test_every_byte(void)
{
	u32 same = 0, learnt = 0;

	for (u32 i = 0; i < SAMPLE_SIZE; i++) {
		for (u32 bit = 0; bit < 8; bit++) {
			sample_init(&s);
			s.run[i] ^= 1u << bit;
			if (i >= SAMPLE_LOAD && i < SAMPLE_LOAD + 4)
				continue; /* the one reference to a section: any value is as good */
			same += sample_match(&s);
			learnt += !nothing_learnt();
		}
	}
	ok(!same, "no code with one bit changed matches (%u do)", same);
	ok(!learnt, "and none leaves anything");
}

static void test_forms(void)
{
	sample_init(&s);
	s.run[0] = 0xe8;
	sample_put_pc32(&s, 1, SAMPLE_ANY_AT);
	ok(sample_match(&s), "ftrace on");

	sample_init(&s);
	memcpy(s.run + SAMPLE_RETURN, "\xc3\xcc\xcc\xcc\xcc", 5);
	ok(sample_match(&s), "a plain return");
	s.run[SAMPLE_RETURN + 4] = 0x90;
	kmend_match_forget(&s.function, s.values);
	refuses(KMEND_MATCH_SITE, SAMPLE_RETURN, "another tail");
	ok(s.result.site == 2, "the site is named");

	sample_init(&s);
	s.run[SAMPLE_ALTERNATIVE] = 0xe8;
	sample_put_pc32(&s, SAMPLE_ALTERNATIVE + 1, SAMPLE_CALLEE_AT);
	memcpy(s.run + SAMPLE_ALTERNATIVE + 5, "\x90\x0f\x1f\x40\x00", 5);
	ok(sample_match(&s), "the other form of an alternative, with other nops");

	sample_init(&s);
	memset(s.run + SAMPLE_ALTERNATIVE + 2, 0x90, 8);
	ok(sample_match(&s), "nops one by one");

	sample_init(&s);
	sample_put_pc32(&s, SAMPLE_RETURN + 1, SAMPLE_THUNK_AT + 1);
	refuses(KMEND_MATCH_VALUE, SAMPLE_RETURN + 1, "another thunk");
	ok(s.result.symbol == SAMPLE_THUNK && s.result.value == SAMPLE_THUNK_AT + 1 && s.result.site == 2,
	   "symbol, value and site are named");
}

/* A form that is not the one in force must not teach. */
static void test_form_leaves_nothing(void)
{
	sample_init(&s);
	/* Two fields in the call form: the first would teach DATA's section, the second is wrong. */
	s.fields[7] = (struct kmend_field){ .offset = 0, .type = KMEND_FIELD_ABS32, .symbol = SAMPLE_DATA };
	s.fields[8] = (struct kmend_field){ .offset = 4, .type = KMEND_FIELD_ABS32, .symbol = SAMPLE_THUNK };
	s.function.nr_all_fields = 9;
	s.forms[6] = (struct kmend_form){ .bytes = s.pre, .size = 10, .first_field = 7, .nr_fields = 2 };
	s.forms[6].bytes = s.run + SAMPLE_ALTERNATIVE;
	s.forms[7] = s.forms[2];
	s.sites[1].first_form = 6;
	s.function.nr_forms = 8;
	ok(kmend_match_validate(&s.function, s.symbols, SAMPLE_NR_SYMBOLS, NULL) == KMEND_MATCH_EQUAL, "sound");
	ok(sample_match(&s), "the second form matches");
	ok(s.values[SAMPLE_DATA].value == SAMPLE_DATA_AT, "and the first has taught nothing");
}

static void test_conflicts(void)
{
	sample_init(&s);
	s.env.check = NULL;
	sample_put_pc32(&s, SAMPLE_CALL_AGAIN, SAMPLE_CALLEE_AT + 16);
	refuses(KMEND_MATCH_CONFLICT, SAMPLE_CALL_AGAIN, "two addresses of one name");
	ok(s.result.symbol == SAMPLE_CALLEE && s.result.value == SAMPLE_CALLEE_AT + 16, "both are told");

	sample_init(&s);
	s.values[SAMPLE_SECTION] = (struct kmend_value){ .value = 0x1000, .state = KMEND_VALUE_KNOWN };
	ok(!sample_match(&s) && s.result.why == KMEND_MATCH_PLACE, "not where its section says");
	ok(s.values[SAMPLE_SECTION].value == 0x1000, "what was known is still known");

	sample_init(&s);
	sample_put_pc32(&s, SAMPLE_CALL, SAMPLE_CALLEE_AT + 1);
	refuses(KMEND_MATCH_VALUE, SAMPLE_CALL, "an address without the name");

	sample_init(&s);
	sample_put_abs32(&s, SAMPLE_STRING, SAMPLE_CONTENT_AT + 1);
	refuses(KMEND_MATCH_VALUE, SAMPLE_STRING, "another string");

	sample_init(&s);
	s.values[SAMPLE_CALLEE] = (struct kmend_value){ .value = 0, .state = KMEND_VALUE_KNOWN };
	ok(!sample_match(&s) && s.result.why == KMEND_MATCH_CONFLICT, "0 is a value as any other (per-CPU offsets)");
}

int main(void)
{
	test_learning();
	test_every_byte();
	test_forms();
	test_form_leaves_nothing();
	test_conflicts();
	return done_testing();
}
