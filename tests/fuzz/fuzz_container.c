// SPDX-License-Identifier: GPL-2.0
#include "core/container/container.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_container_ struct kmend_container *container = NULL;

	kmend_container_parse("fuzz", data, size, &container, NULL);
	return 0;
}
