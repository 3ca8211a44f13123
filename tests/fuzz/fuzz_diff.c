// SPDX-License-Identifier: GPL-2.0
/* The input is three objects, each after its size (32 bits, little-endian): run, pre, post. */
#include <string.h>

#include "core/diff/delta.h"
#include "fuzz.h"

#define COUNT 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_delta_ struct kmend_delta *delta = NULL;
	struct kmend_object *objects[COUNT] = { NULL };
	uint32_t length;
	int i;

	for (i = 0; i < COUNT; i++) {
		if (size < sizeof(length))
			break;
		memcpy(&length, data, sizeof(length));
		data += sizeof(length);
		size -= sizeof(length);
		if (length > size || kmend_object_read_memory(data, length, "fuzz", &objects[i], NULL) < 0)
			break;
		data += length;
		size -= length;
	}
	if (i == COUNT) {
		if (!kmend_delta_make("fuzz.c", objects[0], objects[1], objects[2], size & 1, &delta, NULL))
			kmend_hooks_judge(&delta, 1, NULL);
		return 0;
	}
	while (i-- > 0)
		kmend_object_free(objects[i]);
	return 0;
}
