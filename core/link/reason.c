// SPDX-License-Identifier: GPL-2.0
/* Why a change cannot be linked into an update. What to do about each code: core/assess/reasons.c. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

void link_reason(struct linker *linker, const char *code, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
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
	kmend_reason_add(&linker->result->reasons, &linker->result->nr_reasons, code, text, "");
}

void kmend_link_result_free(struct kmend_link_result *result)
{
	if (!result)
		return;
	kmend_reasons_free(result->reasons, result->nr_reasons);
	kmend_strv_free(&result->namespaces);
	memset(result, 0, sizeof(*result));
}
