// SPDX-License-Identifier: GPL-2.0
/* Line numbers after a change: unchanged lines keep theirs, and a directive is put between statements only. */
#include <stdlib.h>
#include <string.h>

#include "core/kernel/patch.h"
#include "tap.h"

static void check_on(const char *what, const char *before, const char *post, const struct kmend_hunk *hunks,
		     size_t count, const char *expected)
{
	char *got = kmend_realign(post, hunks, count, "n.c", before);

	is(got, expected, what);
	free(got);
}

static void check(const char *what, const char *post, const struct kmend_hunk *hunks, size_t count,
		  const char *expected)
{
	check_on(what, NULL, post, hunks, count, expected);
}

int main(void)
{
	const char *first = "#line 1 \"n.c\"\na;\nN;\n#line 2\nb;\nc;\n"; /* N was added to a, b, c */
	const struct kmend_hunk added = { 1, 0, 2, 1 };			  /* a line behind line 1 */
	const struct kmend_hunk removed = { 2, 1, 1, 0 };		  /* line 2 taken away */
	const struct kmend_hunk same = { 2, 1, 2, 1 };
	const struct kmend_hunk two[] = { { 1, 0, 2, 1 }, { 3, 1, 3, 0 } };
	const struct kmend_hunk last = { 2, 0, 3, 1 };

	check("an added line", "a;\nb;\nc;\n", &added, 1, "#line 1 \"n.c\"\na;\nb;\n#line 2\nc;\n");
	check("a removed line", "a;\nc;\n", &removed, 1, "#line 1 \"n.c\"\na;\n#line 3\nc;\n");
	check("a changed line needs nothing", "a;\nB;\nc;\n", &same, 1, "#line 1 \"n.c\"\na;\nB;\nc;\n");
	check("two changes", "a;\nN;\nb;\nc;\nd;\n", two, 2, "#line 1 \"n.c\"\na;\nN;\n#line 2\nb;\n#line 4\nc;\nd;\n");
	check("not within a call", "a;\nf(x,\ny);\nc;\n", &added, 1, "#line 1 \"n.c\"\na;\nf(x,\ny);\n#line 3\nc;\n");
	check("not within a macro", "a;\n#define M x; \\\n  y;\nc;\n", &added, 1,
	      "#line 1 \"n.c\"\na;\n#define M x; \\\n  y;\n#line 3\nc;\n");
	check("not within a comment", "a;\nb; /* x;\ny; */\nc;\n", &added, 1,
	      "#line 1 \"n.c\"\na;\nb; /* x;\ny; */\n#line 3\nc;\n");
	check("a comment's start in a string is none", "a;\nb(\"/*\");\nc;\n", &added, 1,
	      "#line 1 \"n.c\"\na;\nb(\"/*\");\n#line 2\nc;\n");
	check("a quote in a comment is none", "a;\n/* don't */ b;\nc;\n", &added, 1,
	      "#line 1 \"n.c\"\na;\n/* don't */ b;\n#line 2\nc;\n");
	check("an added last line", "a;\nb;\nc;", &last, 1, "#line 1 \"n.c\"\na;\nb;\nc;");
	check("an empty text", "", NULL, 0, "#line 1 \"n.c\"\n");
	check_on("a second change keeps the numbers of the first", first, "a;\nN;\nM;\nb;\nc;\n",
		 &(struct kmend_hunk){ 2, 0, 3, 1 }, 1, "#line 1 \"n.c\"\na;\nN;\nM;\n#line 2\nb;\nc;\n");
	check_on("a second change before the first", first, "M;\na;\nN;\nb;\nc;\n", &(struct kmend_hunk){ 0, 0, 1, 1 },
		 1, "#line 1 \"n.c\"\nM;\n#line 1\na;\nN;\n#line 2\nb;\nc;\n");
	check_on("a second change behind it", first, "a;\nN;\nb;\n", &(struct kmend_hunk){ 4, 1, 3, 0 }, 1,
		 "#line 1 \"n.c\"\na;\nN;\n#line 2\nb;\n");
	return done_testing();
}
