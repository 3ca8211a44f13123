// SPDX-License-Identifier: GPL-2.0
/* From reasons to a verdict; waivers; the table of reasons. */
#include <stdlib.h>

#include "../tap.h"
#include "core/assess/assess.h"

static void test_table(void)
{
	const struct kmend_reason_row *row, *other;
	bool unique = true, complete = true;

	for (unsigned int i = 0; (row = kmend_reason_row_at(i)); i++) {
		complete &= row->code[0] && row->text[0] && (row->kind == KMEND_REASON_NOTE || row->advice[0]);
		for (unsigned int j = 0; (other = kmend_reason_row_at(j)); j++)
			unique &= i == j || strcmp(row->code, other->code);
		if (!complete || !unique)
			printf("# %s\n", row->code);
	}
	tap_ok(unique, "each code has one row");
	tap_ok(complete, "each row has a text, and advice unless it is a note");
	tap_ok(!kmend_reason_is_known("no-such-code") && kmend_reason_row("no-such-code")->kind == KMEND_REASON_BLOCKS,
	       "a code without a row blocks");
}

static struct kmend_reason reason(const char *code, const char *symbol)
{
	return (struct kmend_reason){ code, (char *)symbol, (char *)"", (char *)"a/b.c", (char *)symbol, 7 };
}

static void judge(struct kmend_assessment *assessment, const char *const *codes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct kmend_reason one = reason(codes[i], "thing");

		kmend_assessment_add(assessment, &one, 1);
	}
}

#define JUDGE(assessment, ...)                                  \
	judge(assessment, (const char *const[]){ __VA_ARGS__ }, \
	      sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *))

static bool waive(struct kmend_assessment *assessment, const char *text)
{
	_cleanup_strv_ struct kmend_strv list = { 0 };
	struct kmend_error error = { 0 };
	int code;

	kmend_strv_add(&list, text);
	code = kmend_assessment_waive(assessment, &list, &error);
	return !code || (error.status != KMEND_STATUS_USAGE && puts("# another error"));
}

static void test_verdicts(void)
{
	struct kmend_assessment assessment = { 0 };

	kmend_assessment_add(&assessment, NULL, 0);
	tap_ok(assessment.verdict == KMEND_VERDICT_HOTPATCH && !assessment.nr_open, "nothing against it");
	JUDGE(&assessment, "init-code");
	tap_ok(assessment.verdict == KMEND_VERDICT_HOTPATCH && !assessment.nr_open, "a note changes nothing");
	JUDGE(&assessment, "initial-value", "initial-value");
	tap_ok(assessment.verdict == KMEND_VERDICT_HOTPATCH_HOOK && assessment.nr_open == 1,
	       "what needs a hook, told once");
	JUDGE(&assessment, "assembly");
	tap_ok(assessment.verdict == KMEND_VERDICT_REBOOT && assessment.nr_open == 2, "what blocks");
	tap_ok(!strcmp(assessment.findings[0].reason.code, "assembly") && assessment.findings[0].reason.advice[0],
	       "what blocks comes first, with its advice");
	kmend_assessment_free(&assessment);
}

static void test_hooks(void)
{
	struct kmend_assessment assessment = { .has_hooks = true };

	JUDGE(&assessment, "initial-value");
	tap_ok(assessment.verdict == KMEND_VERDICT_HOTPATCH_HOOK && !assessment.nr_open, "a hook answers");
	JUDGE(&assessment, "layout-changed");
	tap_ok(assessment.nr_open == 1, "but not what it cannot reach");
	kmend_assessment_free(&assessment);
	assessment = (struct kmend_assessment){ .has_hooks = true };
	JUDGE(&assessment, "assembly");
	tap_ok(assessment.verdict == KMEND_VERDICT_REBOOT && assessment.nr_open == 1, "nor what blocks");
	kmend_assessment_free(&assessment);
}

static void test_waivers(void)
{
	struct kmend_assessment assessment = { 0 };

	tap_ok(!waive(&assessment, "initial-value"), "a waiver without a text");
	tap_ok(!waive(&assessment, "initial-value="), "with an empty one");
	tap_ok(!waive(&assessment, "initial-value= "), "with a blank one");
	tap_ok(!waive(&assessment, "initial-value:=x"), "with an empty symbol");
	tap_ok(!waive(&assessment, "=x"), "without a code");
	tap_ok(!waive(&assessment, "initial-value=a\nb"), "with two lines");
	tap_ok(!waive(&assessment, "no-such-code=x"), "of a code that is none");
	tap_ok(!waive(&assessment, "assembly=x"), "of what blocks");
	tap_ok(!waive(&assessment, "data-size=x"), "of what no word helps against");
	tap_ok(!assessment.nr_waivers, "none was taken");
	tap_ok(waive(&assessment, "initial-value:thing=nobody=cares"), "a good one, of one symbol");
	tap_is_str(assessment.waivers[0].text, "nobody=cares", "its text");
	tap_ok(waive(&assessment, "layout-changed:other=x"), "one of another symbol");
	JUDGE(&assessment, "initial-value", "layout-changed");
	tap_ok(assessment.verdict == KMEND_VERDICT_HOTPATCH_HOOK && assessment.nr_open == 1,
	       "it answers its own reason");
	tap_ok(assessment.waivers[0].is_used && !assessment.waivers[1].is_used, "which are used is known");
	tap_ok(waive(&assessment, "layout-changed=checked"), "one of all symbols");
	kmend_assessment_add(&assessment, NULL, 0);
	tap_ok(assessment.verdict == KMEND_VERDICT_HOTPATCH && !assessment.nr_open, "all answered: a hotpatch");
	kmend_assessment_free(&assessment);
}

int main(void)
{
	test_table();
	test_verdicts();
	test_hooks();
	test_waivers();
	return tap_done();
}
