// SPDX-License-Identifier: GPL-2.0
/* An update module from anywhere: loading its tables, validating them, matching its pre code against itself. */
#include "core/link/check.h"
#include "core/match/match.h"
#include "fuzz.h"

static void match_all(const struct kmend_target *target)
{
	_cleanup_free_ struct kmend_value *values = kmend_calloc(target->nr_symbols + 1, sizeof(*values));
	struct kmend_match_result result;

	for (uint32_t i = 0; i < target->nr_functions; i++) {
		const struct kmend_function *function = &target->functions[i];

		if (kmend_match_validate(function, target->symbols, target->nr_symbols, NULL) != KMEND_MATCH_EQUAL)
			continue;
		if (kmend_match_function(function, target->symbols, function->pre, 0xffffffff81000000ull, NULL, values,
					 &result))
			kmend_match_keep(function, values);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(kmend_loaded_guard) struct kmend_loaded *loaded = NULL;

	if (kmend_loaded_read_memory(data, size, "fuzz", &loaded, NULL) < 0)
		return 0;
	for (uint32_t i = 0; i < loaded->update->nr_targets; i++)
		match_all(&loaded->update->targets[i]);
	return 0;
}
