// SPDX-License-Identifier: GPL-2.0
#include "sample.h"
#include "tap.h"

static struct sample s;

static void check(enum kmend_match_why why, const char *name)
{
	struct kmend_match_result result;
	enum kmend_match_why got = kmend_match_validate(&s.function, s.symbols, SAMPLE_NR_SYMBOLS, &result);

	ok(got == why && result.why == why, "%s: %s", name, kmend_match_why_text(why));
	if (got != why)
		diag("got: %s", kmend_match_why_text(got));
}

/* One thing made wrong in a sound sample, and what is said of it. */
#define WRONG(why, change)                         \
	do {                                       \
		sample_init(&s);                   \
		change;                            \
		check(KMEND_MATCH_##why, #change); \
	} while (0)

static void test_functions(void)
{
	sample_init(&s);
	check(KMEND_MATCH_EQUAL, "the sample");
	WRONG(BAD_POINTER, s.function.pre = NULL);
	WRONG(BAD_POINTER, s.function.name = NULL);
	WRONG(BAD_POINTER, s.function.fields = NULL);
	WRONG(BAD_POINTER, s.function.replacement = NULL);
	WRONG(BAD_SIZE, s.function.pre_size = 0);
	WRONG(BAD_SIZE, s.function.pre_size = KMEND_MAX_FUNCTION_SIZE + 1);
	WRONG(BAD_SIZE, s.function.nr_fields = 8);
	WRONG(BAD_ROLE, s.function.role = 0);
	WRONG(BAD_ROLE, s.function.role = 5);
	WRONG(BAD_SYMBOL, s.function.section_symbol = SAMPLE_NR_SYMBOLS);
	WRONG(BAD_SYMBOL, s.function.section_symbol = SAMPLE_CALLEE);
}

static void test_fields(void)
{
	WRONG(BAD_FIELD, s.fields[0].symbol = SAMPLE_NR_SYMBOLS);
	WRONG(BAD_FIELD, s.fields[0].type = 0);
	WRONG(BAD_FIELD, s.fields[0].type = 7);
	WRONG(BAD_FIELD, s.fields[1].offset = SAMPLE_CALL + 3);
	WRONG(BAD_FIELD, s.fields[3].offset = SAMPLE_SIZE - 3);
	WRONG(BAD_FIELD, s.fields[3].offset = 0xfffffffe);
	WRONG(BAD_FIELD, s.fields[0].offset = SAMPLE_FTRACE + 4);
	WRONG(BAD_FIELD, s.fields[2].offset = SAMPLE_ALTERNATIVE - 3);
	WRONG(BAD_FIELD, s.fields[6].symbol = ~0u);
}

static void test_sites(void)
{
	WRONG(BAD_SITE, s.sites[0].size = 0);
	WRONG(BAD_SITE, s.sites[0].size = 256);
	WRONG(BAD_SITE, s.sites[1].offset = 4);
	WRONG(BAD_SITE, s.sites[2].offset = SAMPLE_SIZE - 4);
	WRONG(BAD_SITE, s.sites[2].offset = 0xffffffff);
	WRONG(BAD_SITE, s.sites[0].nr_forms = 0);
	WRONG(BAD_SITE, s.sites[0].nr_forms = 7);
	WRONG(BAD_SITE, s.sites[0].first_form = 0xffffffff);
	WRONG(BAD_FORM, s.forms[0].size = 6);
	WRONG(BAD_FORM, s.forms[0].size = 4);
	WRONG(BAD_FORM, s.forms[0].bytes = NULL);
	WRONG(BAD_FORM, s.forms[0].tail = 3);
	WRONG(BAD_FORM, s.forms[1].first_field = 3);
	WRONG(BAD_FORM, s.forms[1].first_field = 7);
	WRONG(BAD_FORM, s.forms[1].nr_fields = 65);
	WRONG(BAD_FORM, s.forms[1].nr_fields = 4);
	WRONG(BAD_FORM, s.fields[4].offset = 2);
}

static void test_trampolines(void)
{
	WRONG(BAD_TRAMPOLINE, s.function.trampoline_offset = SAMPLE_SIZE);
	WRONG(BAD_TRAMPOLINE, s.function.trampoline_offset = 0xfffffffd);
	WRONG(TRAMPOLINE_SITE, s.function.trampoline_offset = 0);
	WRONG(TRAMPOLINE_SITE, s.function.trampoline_offset = 4);
	WRONG(EQUAL, s.function.trampoline_offset = SAMPLE_ALTERNATIVE);
	WRONG(TRAMPOLINE_SITE, s.function.trampoline_offset = SAMPLE_ALTERNATIVE;
	      s.sites[1].flags = KMEND_SITE_REWRITTEN_LATER);
	WRONG(TRAMPOLINE_SITE, s.function.trampoline_offset = SAMPLE_ALTERNATIVE - 4;
	      s.sites[1].kind = KMEND_SITE_LOCK_PREFIX);
	WRONG(EQUAL, s.function.trampoline_offset = SAMPLE_ALTERNATIVE - 5; s.sites[1].kind = KMEND_SITE_LOCK_PREFIX);
	WRONG(EQUAL, s.function.trampoline_offset = 0; s.function.role = KMEND_ROLE_WITNESS);
	WRONG(EQUAL, s.function.trampoline_offset = s.sites[0].offset; s.function.place = KMEND_PLACE_FTRACE;
	      s.sites[0].kind = KMEND_SITE_FTRACE);
	WRONG(BAD_PLACE, s.function.trampoline_offset = s.sites[0].offset + 1; s.function.place = KMEND_PLACE_FTRACE;
	      s.sites[0].kind = KMEND_SITE_FTRACE);
	WRONG(BAD_PLACE, s.function.trampoline_offset = s.sites[0].offset; s.function.place = KMEND_PLACE_FTRACE;
	      s.sites[0].kind = KMEND_SITE_RETURN);
	WRONG(BAD_PLACE, s.function.place = 2);
	WRONG(EQUAL, s.function.replacement = NULL; s.function.role = KMEND_ROLE_PART);
}

/* The sample without its sites. */
#define DATUM                                  \
	s.function.role = KMEND_ROLE_DATUM;    \
	s.function.nr_sites = 0;               \
	s.function.trampoline_offset = 100000; \
	s.function.replacement_size = SAMPLE_SIZE

static void test_datum(void)
{
	WRONG(EQUAL, DATUM);
	WRONG(BAD_POINTER, DATUM; s.function.replacement = NULL);
	WRONG(BAD_SIZE, DATUM; s.function.replacement_size = SAMPLE_SIZE - 1);
	WRONG(BAD_SITE, DATUM; s.function.nr_sites = 1);
}

static void test_symbols(void)
{
	sample_init(&s);
	for (int i = 0; i < SAMPLE_NR_SYMBOLS; i++)
		ok(kmend_match_symbol_is_valid(&s.symbols[i]), "symbol %d is sound", i);
	s.symbols[SAMPLE_CALLEE].name = "";
	ok(!kmend_match_symbol_is_valid(&s.symbols[SAMPLE_CALLEE]), "a name must not be empty");
	s.symbols[SAMPLE_CONTENT].content = NULL;
	ok(!kmend_match_symbol_is_valid(&s.symbols[SAMPLE_CONTENT]), "content must be there");
	s.symbols[SAMPLE_DATA].kind = 8;
	ok(!kmend_match_symbol_is_valid(&s.symbols[SAMPLE_DATA]), "kinds end at 5");
	s.symbols[SAMPLE_ANY].unit = NULL;
	ok(!kmend_match_symbol_is_valid(&s.symbols[SAMPLE_ANY]), "a unit must be there");
}

int main(void)
{
	test_functions();
	test_fields();
	test_sites();
	test_trampolines();
	test_datum();
	test_symbols();
	return done_testing();
}
