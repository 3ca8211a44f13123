// SPDX-License-Identifier: GPL-2.0
/*
 * Any text, split in two at its first 0x01, as C before and after a diff: what lies outside of function bodies is found, is the
 * same for the same text, and no macro of a text that is compared with itself has another number.
 */
#include <stdlib.h>
#include <string.h>

#include "core/assess/internal.h"
#include "fuzz.h"

static void compare(const char *pre, const char *post, bool is_same)
{
	_cleanup_free_ char *name = NULL, *difference = NULL;
	unsigned int line = 0;

	difference = macros_difference(pre, post, &name, &line);
	if (!difference != !name || (difference && (is_same || !line || !strstr(post, name))))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *pre = NULL, *post = NULL, *outside = NULL, *again = NULL;
	const uint8_t *split = size ? memchr(data, 1, size) : NULL;

	if (size > 1 << 14)
		return 0;
	pre = kmend_strndup((const char *)data, split ? (size_t)(split - data) : size);
	post = split ? kmend_strndup((const char *)split + 1, size - (split + 1 - data)) : kmend_strdup("");
	outside = source_outside(pre);
	again = source_outside(pre);
	if (strcmp(outside, again))
		abort();
	source_line_of(pre, "main");
	compare(pre, post, false);
	compare(post, pre, false);
	compare(pre, pre, true);
	return 0;
}
