// SPDX-License-Identifier: GPL-2.0
#include "core/elf/object.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_object_ struct kmend_object *object = NULL;

	kmend_object_read_memory(data, size, "fuzz", &object, NULL);
	return 0;
}
