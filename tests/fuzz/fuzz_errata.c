// SPDX-License-Identifier: GPL-2.0
/* Readers of errata: the first byte chooses one; what they make must survive being written and read again. */
#include <stdlib.h>
#include <string.h>

#include "core/apply/history.h"
#include "core/apply/settings.h"
#include "core/errata/difference.h"
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

/* What plans are made from, settings, the history. */
static void others(unsigned int which, const char *text, size_t size)
{
	struct kmend_cve_record record = { 0 };
	struct kmend_catalogue catalogue = { 0 };
	struct difference difference = { 0 };
	struct kmend_history history = { 0 };
	struct kmend_settings settings;

	switch (which) {
	case 5:
		if (!kmend_cve_record_parse(text, size, &record, NULL))
			kmend_cve_record_clear(&record);
		break;
	case 6:
		if (!kmend_catalogue_parse("/c/catalogue.json", text, size, &catalogue, NULL))
			kmend_catalogue_clear(&catalogue);
		break;
	case 7:
		difference_parse(text, size, "/old", &difference);
		difference_tie(&difference);
		for (size_t i = 0; i < difference.count; i++)
			if (difference.files[i].piece > i)
				abort();
		difference_clear(&difference);
		break;
	case 8:
		kmend_history_parse(text, size, &history);
		kmend_history_free(&history);
		break;
	default:
		kmend_settings_parse(text, size, &settings, NULL);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_errata_ struct kmend_errata errata = { 0 }, other = { 0 };
	const char *text = (const char *)data + 1;

	if (!size--)
		return 0;
	if (*data % 10 >= 5) {
		others(*data % 10, text, size);
		return 0;
	}
	switch (*data % 10) {
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
	/* What vendors wrote is made fit for a list where it joins one. */
	if (*data % 10 == 4)
		round_trip(&errata);
	kmend_errata_merge(&other, &errata);
	kmend_errata_sort(&other);
	round_trip(&other);
	kmend_errata_narrow(&other, "linux", "6.1.176-1", NULL);
	return 0;
}
