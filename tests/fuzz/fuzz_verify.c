// SPDX-License-Identifier: GPL-2.0
/* What comes from a guest: its answers and its console. A kernel that is being tried may say anything. */
#include <stdlib.h>
#include <string.h>

#include "core/verify/guest/wire.h"
#include "core/verify/internal.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = kmend_strndup((const char *)data, size), *tail = NULL;
	_cleanup_strv_ struct kmend_strv bad = { 0 }, remarks = { 0 };
	char encoded[3 * 256 + 8], again[256];

	kmend_console_judge(text, &bad, &remarks);
	tail = kmend_console_tail(text, size % 7);
	if (strlen(tail) > strlen(text))
		abort();
	snprintf(again, sizeof(again), "%s", text);
	kmend_wire_encode(again, size % 2, encoded, sizeof(encoded));
	if (strchr(encoded, '\n'))
		abort();
	kmend_wire_decode(encoded);
	if (strcmp(encoded, again))
		abort();
	kmend_wire_decode(text);
	return 0;
}
