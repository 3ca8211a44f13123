// SPDX-License-Identifier: GPL-2.0
/* Readers of errata: the first byte chooses one; what they make must survive being written and read again. */
#include <stdlib.h>
#include <string.h>

#include "core/errata/errata.h"
#include "fuzz.h"

static void round_trip(const struct kmend_errata *errata)
{
	_cleanup_free_ char *text = kmend_errata_format(errata), *second = NULL;
	_cleanup_errata_ struct kmend_errata again = { 0 };

	second = kmend_errata_format(&again);
	if (kmend_errata_parse(text, strlen(text), &again, NULL) < 0)
		return; /* texts that a list may not hold */
	free(second);
	second = kmend_errata_format(&again);
	if (strcmp(text, second))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_errata_ struct kmend_errata errata = { 0 }, other = { 0 };
	const char *text = (const char *)data + 1;

	if (!size--)
		return 0;
	switch (*data % 5) {
	case 0:
		kmend_changelog_parse(text, size, NULL, &errata, NULL);
		break;
	case 1:
		kmend_osv_parse(text, size, &errata, NULL);
		break;
	case 2:
		kmend_dsa_list_parse(text, size, &errata, NULL);
		break;
	case 3:
		kmend_tracker_parse(text, size, "linux", NULL, &errata, NULL);
		break;
	default:
		kmend_errata_parse(text, size, &errata, NULL);
		break;
	}
	round_trip(&errata);
	kmend_errata_narrow(&errata, "linux", "6.1.176-1", NULL);
	kmend_errata_merge(&other, &errata);
	kmend_errata_sort(&other);
	return 0;
}
