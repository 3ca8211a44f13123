// SPDX-License-Identifier: GPL-2.0
/* Reasons against an update: one code, one advice each. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static const struct {
	const char *code;
	const char *advice;
} codes[] = {
	{ "data-changed",
	  "The running kernel holds the old content. Leave the datum as it is, or boot a fixed kernel." },
	{ "initial-value",
	  "The running kernel keeps the value it has. Set it in a hook, or leave the datum as it is." },
	{ "data-size", "The running kernel has no room for it. Use a new variable instead." },
	{ "init-code", "This code has run already, at boot. Boot a fixed kernel, or leave that part out of the diff." },
	{ "init-data", "This was read at boot. Boot a fixed kernel, or leave that part out of the diff." },
	{ "initcall-changed", "Initcalls have run already. Boot a fixed kernel, or leave that part out of the diff." },
	{ "parameter-changed", "Parameters were read at boot. Boot a fixed kernel, or leave that part out." },
	{ "export-changed", "Exported symbols cannot be added or removed. Leave that part out of the diff." },
	{ "tracepoint-changed", "Tracepoints cannot be added or changed. Leave that part out of the diff." },
	{ "static-call-changed", "Static calls cannot be added or changed. Leave that part out of the diff." },
	{ "section-changed", "kmend does not know what this section means. Report it as a defect." },
	{ "noinstr-code", "Entry code must not be redirected. Boot a fixed kernel." },
	{ "runs-in-stop", "This function runs while the machine is stopped. Boot a fixed kernel." },
	{ "weak-function",
	  "It may be overridden by another unit, so which code runs is not certain. Patch that unit." },
	{ "alias-changed", "The function's names changed. Keep them as they are." },
	{ "not-in-run", "The function cannot be found in the unit as compiled for the kernel. Report it as a defect." },
	{ "inner-reference", "Unchanged code points into the middle of a changed function. Boot a fixed kernel." },
	{ "base-function-stored",
	  "What holds that address would still call the base's function. Make one update of the base and this change." },
	{ "base-data-changed", "It holds its old content by now. Make one update of the base and this change." },
	{ "static-local-ambiguous", "Give the statics different names, or leave them as they are." },
};

void reason_add(struct kmend_delta *delta, const char *code, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	const char *advice = "";
	struct kmend_reason *reason;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		kmend_oom();
	va_end(args);
	for (size_t i = 0; i < delta->nr_reasons; i++)
		if (!strcmp(delta->reasons[i].code, code) && !strcmp(delta->reasons[i].text, text))
			return;
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(codes); i++)
		if (!strcmp(codes[i].code, code))
			advice = codes[i].advice;
	reason = kmend_array_add(delta->reasons, delta->nr_reasons);
	reason->code = code;
	reason->text = kmend_steal(text);
	reason->advice = kmend_strdup(advice);
}
