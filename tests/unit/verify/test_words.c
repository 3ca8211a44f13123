// SPDX-License-Identifier: GPL-2.0
/* What is told of a container's verification, whatever the member holds. */
#include "core/verify/verify.h"
#include "tap.h"

static const struct {
	const char *json, *words;
} rows[] = {
	{ "{}", "not yet" },
	{ "", "not yet" },
	{ "[1]", "not yet" },
	{ "{\"settings\":7}", "not yet" },
	{ "{\"settings\":[{\"outcome\":\"passed\"}]}", "passed on 1 machine" },
	{ "{\"settings\":[{\"outcome\":\"passed\"},{\"outcome\":\"passed\"}]}", "passed on 2 machines" },
	{ "{\"settings\":[{\"outcome\":\"passed\"},{\"outcome\":\"failed\"}]}", "DID NOT PASS on 1 of 2 machines" },
	{ "{\"settings\":[{\"outcome\":1},null,3]}", "DID NOT PASS on 3 of 3 machines" },
};

int main(void)
{
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *words = kmend_verification_words(rows[i].json);

		tap_is_str(words, rows[i].words, rows[i].words);
	}
	return tap_done();
}
