// SPDX-License-Identifier: GPL-2.0
/* Whatever is accepted must survive being written and read again unchanged. */
#include <stdlib.h>
#include <string.h>

#include "core/container/container.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_manifest_ struct kmend_manifest *manifest = NULL, *again = NULL;
	_cleanup_free_ char *text = NULL, *second = NULL;

	if (kmend_manifest_parse((const char *)data, size, &manifest, NULL) < 0)
		return 0;
	text = kmend_manifest_format(manifest);
	if (kmend_manifest_parse(text, strlen(text), &again, NULL) < 0)
		abort();
	second = kmend_manifest_format(again);
	if (strcmp(text, second))
		abort();
	return 0;
}
