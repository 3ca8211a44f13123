// SPDX-License-Identifier: GPL-2.0
/* What differencing found that bears on an update. What a code means is a row of core/assess/reasons.c. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* By convention a text begins "UNIT: NAME": the name is what the reason is about, if it is a symbol's. */
static char *symbol_of(const struct kmend_delta *delta, const char *text)
{
	static const char name_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.$";
	_cleanup_free_ char *name = NULL;
	const char *begin = strstr(text, ": ");

	if (!begin)
		return NULL;
	name = kmend_strndup(begin + 2, strspn(begin + 2, name_characters));
	if (*name && (kmend_object_symbol(delta->post, name) || kmend_object_symbol(delta->pre, name)))
		return kmend_steal(name);
	return NULL;
}

void reason_add(struct kmend_delta *delta, const char *code, const char *format, ...)
{
	_cleanup_free_ char *text = NULL, *symbol = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		kmend_oom();
	va_end(args);
	for (size_t i = 0; i < delta->nr_reasons; i++)
		if (!strcmp(delta->reasons[i].code, code) && !strcmp(delta->reasons[i].text, text))
			return;
	symbol = symbol_of(delta, text);
	kmend_reason_about(kmend_reason_add(&delta->reasons, &delta->nr_reasons, code, text, ""), delta->unit, symbol,
			   0);
}
