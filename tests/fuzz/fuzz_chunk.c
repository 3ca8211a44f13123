// SPDX-License-Identifier: GPL-2.0
/* Any text as source: it is taken apart without a crash, and what is the same on both sides makes no difference. */
#include <stdlib.h>
#include <string.h>

#include "core/kernel/walk.h"
#include "core/reach/chunk.h"
#include "core/reach/live.h"
#include "fuzz.h"

static char is_macro(void *context, const char *name)
{
	(void)context;
	return "\0amo"[strlen(name) & 3];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_chunks_ struct kmend_chunks chunks = { 0 };
	_cleanup_walk_ struct kmend_walk *walk = NULL;
	bool types;
	const char *text = (const char *)data;

	if (size > 1 << 16)
		return 0;
	kmend_chunks_split(text, size, &chunks);
	for (size_t i = 0; i < chunks.count; i++) {
		_cleanup_chunk_names_ struct kmend_chunk_names names = { 0 };

		kmend_chunk_names(&chunks.items[i], i & 1 ? is_macro : NULL, NULL, &names);
	}
	if (kmend_live_differs(text, size, text, size, &types))
		abort();
	kmend_live_differs(text, size / 2, text + size / 2, size - size / 2, &types);
	kmend_walk_parse(text, size, &walk);
	return 0;
}
