// SPDX-License-Identifier: GPL-2.0
/* Why a change cannot be linked into an update. What to do about each code: core/assess/reasons.c. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static void add(struct kmend_reason **list, size_t *count, const char *code, const char *format, va_list arguments)
{
	_cleanup_free_ char *text = NULL;
	size_t i;

	if (vasprintf(&text, format, arguments) < 0)
		kmend_oom();
	for (i = 0; i < *count; i++) {
		if (!strcmp((*list)[i].code, code) && !strcmp((*list)[i].text, text))
			return;
	}
	kmend_reason_add(list, count, code, text, "");
}

void link_reason(struct linker *linker, const char *code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(&linker->result->reasons, &linker->result->nr_reasons, code, format, arguments);
	va_end(arguments);
}

void link_note(struct linker *linker, const char *code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(&linker->result->notes, &linker->result->nr_notes, code, format, arguments);
	va_end(arguments);
}

void kmend_link_result_free(struct kmend_link_result *result)
{
	if (!result)
		return;
	kmend_reasons_free(result->reasons, result->nr_reasons);
	kmend_reasons_free(result->notes, result->nr_notes);
	for (size_t i = 0; i < result->nr_outside; i++) {
		free(result->outside[i].name);
		free(result->outside[i].from);
	}
	free(result->outside);
	kmend_strv_free(&result->namespaces);
	free(result->not_gradual);
	memset(result, 0, sizeof(*result));
}

#define SHOWN_OF_STRING 40

char *link_referent_name(const struct kmend_referent *referent)
{
	_cleanup_free_ char *text = NULL;

	if (referent->kind != KMEND_REFERENT_CONTENT)
		return kmend_strdup(referent->symbol->name);
	if (!(referent->section->flags & SHF_STRINGS) || referent->section->entsize > 1)
		return kmend_strdup("constant");
	text = kmend_strndup((const char *)referent->content, SHOWN_OF_STRING);
	for (char *c = text; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = ' ';
	}
	return kmend_format("string \"%s\"", text);
}
