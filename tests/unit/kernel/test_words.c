// SPDX-License-Identifier: GPL-2.0
/* Shell words: as sh splits them, or a refusal. */
#include <errno.h>
#include <string.h>

#include "core/kernel/kbuild.h"
#include "tap.h"

/* Words as "[a][b] ; [c]". */
static char *shown(const char *text)
{
	struct kmend_strv *commands = NULL;
	struct kmend_buffer result = { 0 };
	size_t count = 0;

	if (kmend_words_split(text, &commands, &count))
		return kmend_strdup("refused");
	kmend_buffer_add(&result, "", 0);
	for (size_t i = 0; i < count; i++) {
		kmend_buffer_addf(&result, "%s", i ? " ; " : "");
		for (size_t j = 0; j < commands[i].count; j++)
			kmend_buffer_addf(&result, "[%s]", commands[i].items[j]);
	}
	kmend_words_free(commands, count);
	return result.data;
}

int main(void)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "a b  c", "[a][b][c]" },
		{ "gcc -DX='\"net/unix\"' -c", "[gcc][-DX=\"net/unix\"][-c]" },
		{ "a ; b c ;", "[a] ; [b][c]" },
		{ "a ;; b", "[a] ; [b]" },
		{ "a '' \"\"", "[a][][]" },
		{ "a\\ b", "[a b]" },
		{ "\"a\\\"b\\x\"", "[a\"b\\x]" },
		{ "a';'b", "[a;b]" },
		{ "", "" },
		{ "a $x", "refused" },
		{ "a `x`", "refused" },
		{ "a | b", "refused" },
		{ "a && b", "refused" },
		{ "a > b", "refused" },
		{ "a 'b", "refused" },
		{ "a \"b", "refused" },
		{ "a \"$b\"", "refused" },
		{ "a *.c", "refused" },
		{ "a \\", "refused" },
	};

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *got = shown(rows[i].text);

		is(got, rows[i].expected, rows[i].text);
	}
	return done_testing();
}
