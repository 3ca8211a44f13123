// SPDX-License-Identifier: GPL-2.0
/* What names of symbols say. */
#include <ctype.h>
#include <string.h>

#include "internal.h"

/* Macros that name things with __COUNTER__ or __LINE__: __UNIQUE_ID_ddebug567. */
#define UNIQUE_PREFIX "__UNIQUE_ID_"

/* How many characters before the first of the trailing groups ".123". */
static size_t without_numbers(const char *name, size_t length)
{
	for (;;) {
		size_t i = length;

		while (i && isdigit((unsigned char)name[i - 1]))
			i--;
		if (i == length || i < 2 || name[i - 1] != '.')
			return length;
		length = i - 1;
	}
}

bool name_is_numbered(const struct kmend_object_symbol *symbol)
{
	size_t length = strlen(symbol->name);

	if (symbol->bind != STB_LOCAL || symbol->type != STT_OBJECT)
		return false;
	return without_numbers(symbol->name, length) != length || kmend_starts_with(symbol->name, UNIQUE_PREFIX);
}

char *name_base(const char *name)
{
	size_t length = without_numbers(name, strlen(name));

	if (kmend_starts_with(name, UNIQUE_PREFIX))
		while (length && isdigit((unsigned char)name[length - 1]))
			length--;
	return kmend_strndup(name, length);
}

static bool is_one_of(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(name, list[i]))
			return true;
	return false;
}

static bool base_goes_by_content(const char *base)
{
	static const char *const bases[] = {
		"__func__",
		"__FUNCTION__",
		"__PRETTY_FUNCTION__",
		"CSWTCH",	      /* gcc: a switch turned into a table */
		"C",		      /* gcc: a constant initialiser */
		"___tp_str",	      /* tracepoint_string(): a pointer to the string */
		"__UNIQUE_ID_ddebug", /* pr_debug(): one per call */
		"_entry",
		"_entry_ptr", /* printk index: one per call */
	};

	return is_one_of(base, bases, KMEND_ARRAY_SIZE(bases));
}

/* Texts for people, which nobody writes to and of which only what they say counts. */
static bool is_message(const struct kmend_object_symbol *symbol, const char *base)
{
	static const char *const bases[] = {
		"__msg", /* NL_SET_ERR_MSG(): one per call, and a function has many of one length */
	};

	return !(symbol->section->flags & SHF_WRITE) && is_one_of(base, bases, KMEND_ARRAY_SIZE(bases));
}

bool symbol_goes_by_content(const struct kmend_object_symbol *symbol)
{
	_cleanup_free_ char *base = name_base(symbol->name);

	return kmend_special_of(symbol->section)->is_description || base_goes_by_content(base) ||
	       is_message(symbol, base);
}

bool base_state_may_be_lost(const char *base)
{
	static const char *const bases[] = {
		"__already_done", "__warned", "__print_once", "__warn_once", "warned_once", "_rs", /* a rate limit */
		"__key", /* an address for lockdep, of size 0 without it */
	};

	return is_one_of(base, bases, KMEND_ARRAY_SIZE(bases));
}

size_t name_stem(const char *name)
{
	static const char *const kinds[] = { ".isra.", ".part.", ".constprop.", ".cold" };
	size_t length = strlen(name);

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(kinds); i++) {
		const char *at = strstr(name, kinds[i]);

		if (at && (size_t)(at - name) < length)
			length = at - name;
	}
	return length;
}
