// SPDX-License-Identifier: GPL-2.0
/* The reader of unified diffs: what it takes, and what it refuses by line. */
#include <string.h>

#include "core/kernel/patch.h"
#include "tap.h"

static int parse(const char *text, struct kmend_patch **ret_patch, struct kmend_error *error)
{
	memset(error, 0, sizeof(*error));
	return kmend_patch_parse(text, strlen(text), ret_patch, error);
}

static void test_good(void)
{
	static const char text[] =
		"Some words of a mail.\n--\ndiff --git a/x.c b/x.c\nindex 1..2 100644\n--- a/x.c\t2026-01-01\n"
		"+++ b/x.c\n@@ -1,3 +1,4 @@ int x(void)\n a\n-b\n+c\n+d\n e\n@@ -10 +11,0 @@\n-gone\n"
		"\\ No newline at end of file\n--- y.h\n+++ y.h\n@@ -0,0 +1 @@\n+new\n-- \n2.39\n";
	struct kmend_patch *patch = NULL;
	struct kmend_error error;

	ok(!parse(text, &patch, &error), "a diff with words around it is read: %s", error.message);
	if (!patch)
		return;
	tap_is_int(patch->nr_files, 2, "two files");
	is(patch->files[0].old_name, "a/x.c", "the name ends at the timestamp");
	tap_is_int(patch->files[0].nr_hunks, 2, "two hunks");
	tap_is_int(patch->files[0].hunks[1].old_count, 1, "a missing count is one line");
	tap_is_int(patch->files[0].hunks[1].new_count, 0, "a count of nothing is nothing");
	ok(!strncmp(text + patch->files[0].body, "@@ -1,3", 7), "the body begins at the first hunk");
	ok(!strncmp(text + patch->files[0].body + patch->files[0].body_size, "--- y.h", 7), "and ends behind the last");
	is(patch->files[1].new_name, "y.h", "the second file");
	kmend_patch_free(patch);
}

static void test_returns(void)
{
	char mail[] = "words\r\n--- a/x.c\r\n+++ b/x.c\r\n@@ -1 +1 @@\r\n-a\r\n+b\rc\r\n";
	char own[] = "--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\r\n+b\r\n";
	size_t size = strlen(mail);

	kmend_patch_drop_returns(mail, &size);
	is(mail, "words\n--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\rc\n", "a mailer's carriage returns are taken out");
	tap_is_int(size, strlen(mail), "the size is told");
	size = strlen(own);
	kmend_patch_drop_returns(own, &size);
	tap_is_int(size, strlen("--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\r\n+b\r\n"), "a file's own ones stay");
}

static void test_git(void)
{
	struct kmend_patch *patch = NULL;
	struct kmend_error error;

	ok(!parse("diff --git a/x b/y\nsimilarity index 90%\nrename from x\nrename to y\n--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n",
		  &patch, &error),
	   "a rename with hunks is read");
	if (patch) {
		tap_is_int(patch->nr_files, 1, "it is one file");
		ok(patch->files[0].is_renamed, "which is renamed");
	}
	kmend_patch_free(patch);
	patch = NULL;
	ok(!parse("diff --git a/x b/y\nrename from x\nrename to y\ndiff --git a/z b/z\n--- a/z\n+++ b/z\n@@ -1 +1 @@\n-a\n+b\n",
		  &patch, &error),
	   "a bare rename and another file are read");
	if (patch) {
		tap_is_int(patch->nr_files, 2, "they are two files");
		ok(patch->files[0].is_renamed && !patch->files[1].is_renamed, "the first is renamed");
	}
	kmend_patch_free(patch);
	patch = NULL;
	ok(!parse("--- /dev/null\n+++ b/n.c\n@@ -0,0 +1 @@\n+x\n--- a/o.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n", &patch,
		  &error),
	   "new and deleted files are read");
	if (patch)
		ok(patch->files[0].is_new && patch->files[1].is_deleted, "as such");
	kmend_patch_free(patch);
	patch = NULL;
	ok(!parse("diff --git a/x.bin b/x.bin\nGIT binary patch\nliteral 3\n", &patch, &error),
	   "a binary patch is read");
	ok(patch && patch->files[0].is_binary && !strcmp(patch->files[0].new_name, "b/x.bin"),
	   "as binary, with its name");
	kmend_patch_free(patch);
	patch = NULL;
	ok(!parse("\xef\xbb\xbf--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", &patch, &error),
	   "a byte order mark is left out");
	kmend_patch_free(patch);
	patch = NULL;
	ok(!parse("Binary files a/x y and /dev/null differ\r\n", &patch, &error), "a binary file is read");
	ok(patch && patch->files[0].is_deleted && !strcmp(patch->files[0].old_name, "a/x y"),
	   "as what the diff says of it");
	kmend_patch_free(patch);
}

static void test_bad(void)
{
	static const struct {
		const char *text, *what, *words;
	} rows[] = {
		{ "", "nothing", "no unified diff" },
		{ "hello\n", "a text", "no unified diff" },
		{ "--- a\n+++ b\n", "a file without hunks", "no hunks" },
		{ "--- a\n+++ b\n@@ -1,2 +1 @@\n a\n", "a cut hunk", "ends in the middle" },
		{ "--- a\n+++ b\n@@ -1 +1 @@\n-a\n-b\n", "a hunk with other lines", "other lines" },
		{ "--- a\n+++ b\n@@ -1 +1 @@\nxa\n", "a line without a sign", "other lines" },
		{ "@@ -1 +1 @@\n-a\n+b\n", "a hunk without a file", "belongs to no file" },
		{ "--- a\n+++ b\n@@ -1 1 @@\n", "a wrong head", "not the head" },
		{ "--- a\n+++ b\n@@ -99999999999999999999 +1 @@\n", "a wild number", "not the head" },
		{ "--- \"a\\303\"\n+++ b\n@@ -1 +1 @@\n-a\n+b\n", "a quoted name", "quoted" },
		{ "--- \n+++ b\n@@ -1 +1 @@\n-a\n+b\n", "an empty name", "empty" },
		{ "--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b\n", "no name at all", "no name" },
	};
	struct kmend_error error;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++) {
		struct kmend_patch *patch = NULL;
		int code = parse(rows[i].text, &patch, &error);

		ok(code < 0 && !patch && error.status == KMEND_STATUS_DIFF_NOT_APPLICABLE &&
			   strstr(error.message, rows[i].words),
		   "%s is refused: %s", rows[i].what, error.message);
		kmend_patch_free(patch);
	}
	ok(kmend_patch_parse("--- a\n+++ b\n@@ -1 +1 @@\n-a\0\n+b\n", 30, &(struct kmend_patch *){ NULL }, NULL) < 0,
	   "binary data is refused");
}

static void test_names(void)
{
	static const struct {
		const char *path;
		bool safe;
	} rows[] = {
		{ "net/unix/af_unix.c", true },
		{ "x", true },
		{ "..a/b..", true },
		{ "/etc/passwd", false },
		{ "../x", false },
		{ "a/../b", false },
		{ "a//b", false },
		{ "a/./b", false },
		{ "a/..", false },
		{ "", false },
		{ "a/", false },
		{ "a\nb", false },
	};

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++)
		ok(kmend_patch_path_is_safe(rows[i].path) == rows[i].safe, "path %zu is %s", i,
		   rows[i].safe ? "safe" : "not safe");
	is(kmend_patch_strip("a/net/x.c", 1), "net/x.c", "one part stripped");
	is(kmend_patch_strip("a/net/x.c", 0), "a/net/x.c", "none stripped");
	is(kmend_patch_strip("x.c", 1), NULL, "no part to strip");
	is(kmend_patch_strip("a//x.c", 1), "x.c", "several slashes are one");
}

int main(void)
{
	test_good();
	test_returns();
	test_git();
	test_bad();
	test_names();
	return done_testing();
}
