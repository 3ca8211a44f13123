// SPDX-License-Identifier: GPL-2.0
/* Whatever is accepted as a record must survive being written and read again unchanged. */
#include <stdlib.h>
#include <string.h>

#include "core/record/format.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = NULL, *second = NULL;
	struct kmend_record *record, *again;

	if (kmend_record_parse((const char *)data, size, &record, NULL) < 0)
		return 0;
	text = kmend_record_format(record);
	if (kmend_record_parse(text, strlen(text), &again, NULL) < 0)
		abort();
	second = kmend_record_format(again);
	if (strcmp(text, second))
		abort();
	kmend_record_free(record);
	kmend_record_free(again);
	return 0;
}
