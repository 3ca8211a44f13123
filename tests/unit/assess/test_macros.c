// SPDX-License-Identifier: GPL-2.0
/* Numbers that macros stand for: dealt anew, or only other ones. */
#include <stdlib.h>

#include "../tap.h"
#include "core/assess/internal.h"

struct row {
	const char *what, *pre, *post;
	const char *name; /* that is told; NULL: none */
	unsigned int line;
	const char *text;
};

#define FLAGS "#define F_A 1\n#define F_B 2\n#define F_C 4\n"

static const struct row rows[] = {
	{ "a new name amid the others", FLAGS, "#define F_A 1\n#define F_NEW 2\n#define F_B 4\n#define F_C 8\n", "F_B",
	  3, "F_B was 0x2 and is 0x4, and F_NEW is 0x2 now" },
	{ "one that is no more, and the others close up", "#define S_A 1\n#define S_B 2\n#define S_C 3\n",
	  "#define S_B 1\n#define S_C 2\n", "S_B", 1, "S_B was 0x2 and is 0x1, and S_C is 0x2 now" },
	{ "two that change places", FLAGS, "#define F_A 2\n#define F_B 1\n#define F_C 4\n", "F_A", 1,
	  "F_A was 0x1 and is 0x2, and F_B is 0x1 now" },
	{ "every way to write a number",
	  "# define\tF_A (1UL << 3) /* a */\n#define F_B BIT(4) // b\n#define F_C ((0x20))\n",
	  "#define F_A (1UL << 3)\n#define F_NEW BIT_ULL( 4 )\n#define F_B 1 << 5\n#define F_C 0x40ULL\n", "F_B", 3,
	  "F_B was 0x10 and is 0x20, and F_NEW is 0x10 now" },
	{ "a new name behind the others", FLAGS, FLAGS "#define F_D 8\n", NULL },
	{ "another order of the same", FLAGS, "#define F_C 4\n#define F_B 2\n#define F_A 1\n", NULL },
	{ "a new name for the same number", FLAGS, FLAGS "#define F_FIRST 1\n", NULL },
	{ "a limit", "#define X_MIN 1\n#define X_TRIES 3\n", "#define X_MIN 1\n#define X_TRIES 5\n", NULL },
	{ "a number becomes another name's that has nothing to do with it", "#define A_TRIES 3\n#define B_TRIES 4\n",
	  "#define A_TRIES 4\n#define B_TRIES 3\n", NULL },
	{ "times that are all twice as long", "#define T_SHORT 1\n#define T_LONG 2\n",
	  "#define T_SHORT 2\n#define T_LONG 4\n", NULL },
	{ "names that count the others", "#define F_A 1\n#define F_MAX 2\n",
	  "#define F_A 1\n#define F_B 2\n#define F_MAX 3\n", NULL },
	{ "what the configuration decides", "#ifdef X\n" FLAGS "#else\n#define F_B 7\n#endif\n",
	  "#ifdef X\n#define F_A 1\n#define F_NEW 2\n#define F_B 4\n#else\n#define F_B 7\n#endif\n", NULL },
	{ "macros of other kinds",
	  "#define F_A(x) 2\n#define F_B f()\n#define F_C 2 + 1\n#define F_D \\\n 2\n#define F_E\n",
	  "#define F_A(x) 4\n#define F_NEW 2\n#define F_B g()\n#define F_C 3 + 1\n#define F_D \\\n 4\n", NULL },
	{ "what only a comment says", "/*\n" FLAGS "*/\n", "/*\n#define F_A 1\n#define F_NEW 2\n#define F_B 4\n*/\n",
	  NULL },
	{ "texts that end in the midst", "#define F_A 1\n#define F_B 2",
	  "#define F_B (\n#define F_A BIT(\n#define F_C 1 <<\n#define", NULL },
};

int main(void)
{
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		_cleanup_free_ char *name = NULL, *text = NULL;
		unsigned int line = 0;

		text = macros_difference(row->pre, row->post, &name, &line);
		tap_is_str(name ? name : "", row->name ? row->name : "", row->what);
		if (!row->name)
			continue;
		tap_is_str(text ? text : "", row->text, "its sentence");
		tap_is_int(line, row->line, "its line");
	}
	return tap_done();
}
