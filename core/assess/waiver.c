// SPDX-License-Identifier: GPL-2.0
/* An author's word that a reason needs no code. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* The manifest holds them, one line each. */
#define TEXT_MAX 500

static int wrong(struct kmend_error *error, const char *waiver, const char *what, const char *advice)
{
	kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "the waiver '%s' %s", waiver, what);
	kmend_advise(error, "%s", advice);
	return -EINVAL;
}

static bool is_line(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static int take(struct kmend_assessment *assessment, const char *text, struct kmend_error *error)
{
	const char *equals = strchr(text, '='), *colon;
	_cleanup_free_ char *code = NULL;
	struct kmend_waiver *waiver;

	if (!equals || equals == text || !equals[1 + strspn(equals + 1, " ")])
		return wrong(error, text, "is not of the form CODE[:SYMBOL]=TEXT",
			     "The text says why nothing is needed.");
	if (!is_line(text) || strlen(equals + 1) > TEXT_MAX)
		return wrong(error, text, "is not one line of at most 500 characters", "Say it shorter.");
	colon = memchr(text, ':', equals - text);
	code = kmend_strndup(text, (colon ? colon : equals) - text);
	if (!kmend_reason_is_known(code))
		return wrong(error, text, "names no reason that there is",
			     "See 'kmend assess' for the reasons' codes.");
	if (kmend_reason_row(code)->kind == KMEND_REASON_BLOCKS || kmend_reason_row(code)->not_by_waiver)
		return wrong(error, text, "names a reason that cannot be waived", kmend_reason_row(code)->advice);
	if (colon && colon + 1 == equals)
		return wrong(error, text, "names nothing behind the colon", "Leave the colon out, or name a symbol.");
	waiver = kmend_array_add(assessment->waivers, assessment->nr_waivers);
	waiver->code = kmend_steal(code);
	waiver->symbol = colon ? kmend_strndup(colon + 1, equals - colon - 1) : NULL;
	waiver->text = kmend_strdup(equals + 1 + strspn(equals + 1, " "));
	return 0;
}

int kmend_assessment_waive(struct kmend_assessment *assessment, const struct kmend_strv *waivers,
			   struct kmend_error *error)
{
	for (size_t i = 0; i < waivers->count; i++) {
		int code = take(assessment, waivers->items[i], error);

		if (code)
			return code;
	}
	return 0;
}

struct kmend_waiver *waiver_of(struct kmend_assessment *assessment, const struct kmend_reason *reason)
{
	for (size_t i = 0; i < assessment->nr_waivers; i++) {
		struct kmend_waiver *waiver = &assessment->waivers[i];

		if (!strcmp(waiver->code, reason->code) &&
		    (!waiver->symbol || (reason->symbol && !strcmp(waiver->symbol, reason->symbol))))
			return waiver;
	}
	return NULL;
}
