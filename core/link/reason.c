// SPDX-License-Identifier: GPL-2.0
/* Why a change cannot be linked into an update: the codes and what to do about each. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct advice {
	const char *code;
	const char *text;
};

static const struct advice advices[] = {
	{ "base-address-taken",
	  "Should that base be undone, the address would lead nowhere. Make one update of the base and this change." },
	{ "base-symbol-ambiguous", "Give the things that the change adds different names." },
	{ "branch-reach", "Let the change also alter the function that is jumped to, or report this as a defect." },
	{ "early-unexported", "Write the change so that this place uses an exported symbol only." },
	{ "function-too-short", "Let the change also alter this function's callers instead." },
	{ "interior-reference", "Report this as a defect, with the diff." },
	{ "nothing-replaced", "Code that is only removed, or that nothing calls, needs no update." },
	{ "place-unknown", "Report this as a defect, with the diff." },
	{ "relocation-type", "Report this as a defect, with the diff." },
	{ "site-forms", "Report this as a defect, with the diff." },
	{ "symbol-unreachable", "Let the change refer to data by a name, or alter a function that refers to it." },
	{ "trampoline-overlap", "Let the change also alter this function's callers instead." },
	{ "trampoline-place", "Let the change also alter this function's callers instead." },
};

static const char *advice_of(const char *code)
{
	size_t i;

	for (i = 0; i < KMEND_ARRAY_SIZE(advices); i++) {
		if (!strcmp(advices[i].code, code))
			return advices[i].text;
	}
	return "Report this as a defect, with the diff.";
}

void link_reason(struct linker *linker, const char *code, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	struct kmend_reason *reason;
	va_list arguments;
	size_t i;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		kmend_oom();
	va_end(arguments);
	for (i = 0; i < linker->result->nr_reasons; i++) {
		if (!strcmp(linker->result->reasons[i].code, code) && !strcmp(linker->result->reasons[i].text, text))
			return;
	}
	reason = kmend_array_add(linker->result->reasons, linker->result->nr_reasons);
	reason->code = code;
	reason->text = kmend_strdup(text);
	reason->advice = kmend_strdup(advice_of(code));
}

void kmend_link_result_free(struct kmend_link_result *result)
{
	size_t i;

	if (!result)
		return;
	for (i = 0; i < result->nr_reasons; i++) {
		free(result->reasons[i].text);
		free(result->reasons[i].advice);
	}
	free(result->reasons);
	kmend_strv_free(&result->namespaces);
	memset(result, 0, sizeof(*result));
}
