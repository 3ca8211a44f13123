// SPDX-License-Identifier: GPL-2.0
/* Objects, and the build ids of modules. */
#include "core/base/file.h"
#include "core/elf/object.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_object_ struct kmend_object *object = NULL;
	char digest[KMEND_SHA256_HEX];

	if (!kmend_object_read_memory(data, size, "fuzz", &object, NULL))
		kmend_build_digest((const struct kmend_object *const *)&object, 1, digest, NULL);
	return 0;
}
