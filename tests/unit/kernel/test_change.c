// SPDX-License-Identifier: GPL-2.0
/* Applying diffs to a small source of our own: what is refused before anything is compiled, and what is left out. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/kernel/buildsystem.h"
#include "core/kernel/change.h"
#include "core/kernel/classify.h"
#include "tap.h"

static char *root;

static void put(const char *name, const char *text)
{
	_cleanup_free_ char *path = kmend_path(root, name), *directory = kmend_strdup(path);

	*strrchr(directory, '/') = '\0';
	if (kmend_mkdir_parents(directory, 0755, NULL) || kmend_file_write_atomic(path, text, strlen(text), 0644, NULL))
		abort();
}

/* The tree: sources, and kbuild's answers as they are kept after having been asked for. */
static struct kmend_tree *make_tree(void)
{
	struct kmend_tree *tree = kmend_calloc(1, sizeof(*tree));
	_cleanup_free_ char *link = NULL;

	tree->source = kmend_path(root, "source");
	tree->directory = kmend_path(root, "tree");
	tree->build = kmend_path(root, "tree/build");
	tree->kernel = kmend_calloc(1, sizeof(*tree->kernel));
	tree->kernel->release = kmend_strdup("6.1.0-test");
	tree->kernel->version = kmend_strdup("6.1.1-1");
	put("source/net/a.c", "int a;\nint b;\nint c;\n");
	put("source/net/m.c", "int a;\n");
	put("source/net/off.c", "int a;\n");
	put("source/net/part.c", "int a;\n");
	put("source/net/h.h", "int a;\n");
	put("source/net/s.S", "nop\n");
	put("source/net/Makefile", "obj-y += a.o\n");
	put("source/Documentation/x.rst", "old\n");
	put("tree/build/.config", "CONFIG_UNIX=y\n");
	put("tree/units/net/a.c.targets", "y\n");
	put("tree/units/net/m.c.targets", "-\nnet/foo-m.o\n");
	put("tree/units/net/off.c.targets", "-\n");
	put("tree/units/net/part.c.targets", "-\n");
	put("tree/units/net/s.S.targets", "y\n");
	put("tree/includes", "net/a.c part.c\nnet/deep/core.c around.c\nnet/deep/other.c off.c\n");
	put("source/net/around.c", "int a;\n");
	put("source/net/deep/off.c", "int a;\n");
	put("tree/units/net/around.c.targets", "-\n");
	put("source/virt/far.c", "int a;\n");
	put("tree/units/virt/far.c.targets", "-\n");
	put("tree/walk", "kmend-walk 1\nk- net/x/../../virt/far.o net/x/../../virt/far.c 0 gcc\nend\n");
	link = kmend_path(tree->source, "net/link.c");
	if (symlink("/etc/passwd", link))
		abort();
	return tree;
}

static struct kmend_change_set *make(const struct kmend_tree *tree, const char *diff, struct kmend_error *error)
{
	struct kmend_change_set *set = NULL;
	_cleanup_free_ char *scratch = kmend_path(root, "scratch");

	memset(error, 0, sizeof(*error));
	if (kmend_remove_tree(scratch, NULL) || kmend_mkdir_parents(scratch, 0755, NULL))
		abort();
	return kmend_change_set_make(tree, NULL, diff, strlen(diff), scratch, &set, error) ? NULL : set;
}

#define CHANGE(path) "--- a/" path "\n+++ b/" path "\n@@ -1 +1 @@\n-int a;\n+int z;\n"

static void test_good(const struct kmend_tree *tree)
{
	static const char added[] = "--- a/net/a.c\n+++ b/net/a.c\n@@ -1,2 +1,3 @@\n int a;\n+int n;\n int b;\n";
	static const char plain[] = "--- net/a.c\n+++ net/a.c\n@@ -1,2 +1,3 @@\n int a;\n+int n;\n int b;\n";
	_cleanup_free_ char *text = NULL, *expected = NULL, *pristine = NULL;
	struct kmend_change_set *set;
	struct kmend_error error;

	set = make(tree, added, &error);
	ok(set && set->units.count == 1 && !set->nr_reasons, "a change to a unit of vmlinux: %s", error.message);
	if (set) {
		_cleanup_free_ char *path = kmend_path(set->post, "net/a.c"),
				    *from = kmend_path(tree->source, "net/a.c");

		kmend_file_read(path, 4096, &text, NULL, NULL);
		kmend_file_read(from, 4096, &pristine, NULL, NULL);
		expected = kmend_format("#line 1 \"%s\"\nint a;\nint n;\n#line 2\nint b;\nint c;\n", from);
		is(text, expected, "its post version keeps line numbers");
		is(pristine, "int a;\nint b;\nint c;\n", "the source itself is as it was");
	}
	kmend_change_set_free(set);
	set = make(tree, plain, &error);
	ok(set && set->units.count == 1, "names without a leading part: %s", error.message);
	kmend_change_set_free(set);
	set = make(
		tree,
		CHANGE("net/a.c") "--- a/Documentation/x.rst\n+++ b/Documentation/x.rst\n@@ -1 +1 @@\n-old\n+new\n" CHANGE(
			"net/off.c"),
		&error);
	ok(set && set->units.count == 1 && set->ignored.count == 2,
	   "what is no part of this kernel is left out, and told");
	kmend_change_set_free(set);
}

#define RENAMED(old, new) "--- " old "\n+++ " new "\n@@ -1 +1 @@\n-int a;\n+int z;\n"
#define ADDED "--- /dev/null\n+++ linux-6.1/b/net/n.h\n@@ -0,0 +1 @@\n+int n;\n"

/* How deep the source is in the diff's names. */
static void test_strip(const struct kmend_tree *tree)
{
	static const struct {
		const char *what, *diff, *unit; /* or words of the failure */
	} rows[] = {
		{ "below a directory", RENAMED("linux-6.1/a/net/m.c", "linux-6.1/b/net/m.c"), "net/m.c" },
		{ "below three", RENAMED("a/b/c/net/m.c", "a/b/c/net/m.c"), "net/m.c" },
		{ "below the root", RENAMED("/usr/src/linux/net/m.c", "/usr/src/linux/net/m.c"), "net/m.c" },
		{ "with a new file", ADDED RENAMED("linux-6.1/a/net/m.c", "linux-6.1/b/net/m.c"), "net/m.c" },
		{ "the original's name", RENAMED("net/m.c.orig", "net/m.c"), "net/m.c" },
		{ "one of them is not there",
		  RENAMED("x/a/net/m.c", "x/b/net/m.c") RENAMED("x/a/net/none.c", "x/b/net/none.c"),
		  ": net/none.c: the kernel's source has no such file" },
		{ "none is", RENAMED("x/a/net/none.c", "x/b/net/none.c"),
		  ": a/net/none.c: the kernel's source has no" },
		{ "a file of the kernel's that this source left out", RENAMED("a/tools/net/m.c", "b/tools/net/m.c"),
		  "touches nothing" },
		{ "one that it does not have, though another begins like its end",
		  RENAMED("a/virt/net/m.c", "b/virt/net/m.c"), ": virt/net/m.c: the kernel's source has no such" },
		{ "a name's end that leads out", RENAMED("x/../../net/m.c", "x/../../net/m.c"), "net/m.c" },
	};

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++) {
		struct kmend_error error;
		struct kmend_change_set *set = make(tree, rows[i].diff, &error);

		ok(set ? set->units.count == 1 && !strcmp(set->units.items[0], rows[i].unit)
		       : strstr(error.message, rows[i].unit) != NULL,
		   "names %s: %s", rows[i].what, set && set->units.count ? set->units.items[0] : error.message);
		kmend_change_set_free(set);
	}
}

/* From kbuild's answers, which are in the tree already. */
static void test_targets(const struct kmend_tree *tree)
{
	char *items[] = { "net/a.c", "net/m.c", "net/both.c", "net/off.c" };
	const struct kmend_strv units = { .items = items, .count = 3 }, none = { .items = items + 3, .count = 1 };
	struct kmend_strv targets[3] = { 0 };
	struct kmend_error error = { 0 };

	put("tree/units/net/both.c.targets", "y\nnet/one.o\nnet/deep/two-three.o\n");
	ok(!kmend_units_targets(tree, &units, targets, &error), "what units are linked into: %s", error.message);
	ok(targets[0].count == 1 && !strcmp(targets[0].items[0], "vmlinux"), "the kernel");
	ok(targets[1].count == 1 && !strcmp(targets[1].items[0], "foo_m"), "a module, by its name in the kernel");
	ok(targets[2].count == 3 && !strcmp(targets[2].items[0], "vmlinux") && !strcmp(targets[2].items[1], "one") &&
		   !strcmp(targets[2].items[2], "two_three"),
	   "the kernel and two modules");
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(targets); i++)
		kmend_strv_free(&targets[i]);
	ok(kmend_units_targets(tree, &none, targets, &error) && strstr(error.message, "net/off.c"),
	   "a unit of nothing is an error");
	kmend_strv_free(&targets[0]);
}

static void test_shared(const struct kmend_tree *tree)
{
	struct kmend_error error;
	struct kmend_change_set *set = make(tree, CHANGE("net/h.h") CHANGE("net/part.c"), &error);
	_cleanup_free_ char *text = NULL, *path = set ? kmend_path(set->overlay, "net/h.h") : NULL;
	_cleanup_free_ char *link = set ? kmend_path(set->overlay, "net/a.c") : NULL;
	char target[PATH_MAX];

	ok(set && set->shared.count == 2 && !set->units.count && !set->nr_reasons,
	   "headers and included sources are shared");
	ok(set && !kmend_file_read(path, 1000, &text, NULL, NULL) && strstr(text, "int z;"),
	   "the overlay has their new text");
	ok(set && readlink(link, target, sizeof(target)) > 0, "and links to what stays");
	kmend_change_set_free(set);
}

/* "net/deep/core.c" includes it, found in a directory that its command names. */
static void test_searched(const struct kmend_tree *tree)
{
	struct kmend_error error;
	struct kmend_change_set *set = make(tree, CHANGE("net/around.c"), &error);

	ok(set && set->shared.count == 1 && !set->ignored.count, "a source that is included from another directory: %s",
	   error.message);
	kmend_change_set_free(set);
}

static void test_elsewhere(const struct kmend_tree *tree)
{
	struct kmend_error error;
	struct kmend_change_set *set = make(tree, CHANGE("virt/far.c"), &error);
	_cleanup_free_ char *path = set && set->units.count ? kmend_path(set->post, set->units.items[0]) : NULL;

	ok(set && set->units.count == 1 && !strcmp(set->units.items[0], "net/x/../../virt/far.c") &&
		   !set->ignored.count,
	   "a file that another directory's makefile compiles is a unit of that name");
	ok(path && kmend_file_exists(path), "and its text is found by it");
	kmend_change_set_free(set);
}

static void test_scope(const struct kmend_tree *tree)
{
	static const struct {
		const char *diff, *code;
	} rows[] = {
		{ "--- /dev/null\n+++ b/net/n.c\n@@ -0,0 +1 @@\n+int n;\n", "new-file" },
		{ "--- /dev/null\n+++ b/net/n.c\n@@ -0,0 +1 @@\n+int a;\n" CHANGE("net/n.c"), "new-file" },
		{ "--- a/net/a.c\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-int a;\n-int b;\n-int c;\n", "deleted-file" },
		{ "diff --git a/net/a.c b/net/a.c\nindex 1..2 100644\nGIT binary patch\nliteral 3\n", "unknown-file" },
		{ "Binary files a/net/b.bin and b/net/b.bin differ\n", "unknown-file" },
		{ "diff --git a/net/a.c b/net/b.c\nrename from net/a.c\nrename to net/b.c\n", "renamed-file" },
	};
	struct kmend_error error;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++) {
		struct kmend_change_set *set = make(tree, rows[i].diff, &error);

		ok(set && set->nr_reasons == 1 && !strcmp(set->reasons[0].code, rows[i].code), "out of scope: %s (%s)",
		   rows[i].code, set && set->nr_reasons ? set->reasons[0].text : error.message);
		kmend_change_set_free(set);
	}
}

static void test_bad(const struct kmend_tree *tree)
{
	static const struct {
		const char *what, *diff;
		enum kmend_status status;
		const char *words;
	} rows[] = {
		{ "another text", "--- a/net/a.c\n+++ b/net/a.c\n@@ -1 +1 @@\n-int q;\n+int z;\n",
		  KMEND_STATUS_DIFF_NOT_APPLICABLE, "does not apply" },
		{ "fuzz", "--- a/net/a.c\n+++ b/net/a.c\n@@ -1,3 +1,3 @@\n int q;\n-int b;\n+int z;\n int c;\n",
		  KMEND_STATUS_DIFF_NOT_APPLICABLE, "does not apply" },
		{ "already applied", "--- a/net/a.c\n+++ b/net/a.c\n@@ -1,2 +1,2 @@\n-int z;\n+int a;\n int b;\n",
		  KMEND_STATUS_DIFF_NOT_APPLICABLE, "does not apply" },
		{ "an absent file", CHANGE("net/none.c"), KMEND_STATUS_DIFF_NOT_APPLICABLE, "no such file" },
		{ "a name that leads out", CHANGE("../../x.c"), KMEND_STATUS_DIFF_NOT_APPLICABLE, "leads out" },
		{ "an absolute name", "--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-int a;\n+int z;\n",
		  KMEND_STATUS_DIFF_NOT_APPLICABLE, "" },
		{ "a link", CHANGE("net/link.c"), KMEND_STATUS_DIFF_NOT_APPLICABLE, "symbolic link" },
		{ "a directory", CHANGE("net"), KMEND_STATUS_DIFF_NOT_APPLICABLE, "no plain file" },
		{ "files' modes only", "diff --git a/net/a.c b/net/a.c\nold mode 100644\nnew mode 100755\n",
		  KMEND_STATUS_NO_CHANGE, "modes" },
		{ "Rust in a kernel without", "--- a/net/r.rs\n+++ b/net/r.rs\n@@ -1 +1 @@\n-a\n+b\n",
		  KMEND_STATUS_DIFF_NOT_BUILT, "touches nothing" },
		{ "a picture",
		  "diff --git a/Documentation/x.png b/Documentation/x.png\nnew file mode 100644\nindex 0..2\n"
		  "GIT binary patch\nliteral 3\n",
		  KMEND_STATUS_DIFF_NOT_BUILT, "touches nothing" },
		{ "nothing built", CHANGE("net/off.c"), KMEND_STATUS_DIFF_NOT_BUILT, "touches nothing" },
		{ "documentation only",
		  "--- a/Documentation/x.rst\n+++ b/Documentation/x.rst\n@@ -1 +1 @@\n-old\n+new\n",
		  KMEND_STATUS_DIFF_NOT_BUILT, "touches nothing" },
		{ "no change of text", "--- a/net/a.c\n+++ b/net/a.c\n@@ -1 +1 @@\n-int a;\n+int a;\n",
		  KMEND_STATUS_NO_CHANGE, "changes nothing" },
	};
	struct kmend_error error;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++) {
		struct kmend_change_set *set = make(tree, rows[i].diff, &error);

		ok(!set && error.status == rows[i].status && strstr(error.message, rows[i].words), "%s: %s",
		   rows[i].what, error.message);
		kmend_change_set_free(set);
	}
}

static void test_extension(void)
{
	_cleanup_free_ char *directory = kmend_path(root, "source"), *diff = NULL;
	struct kmend_error error = { 0 };
	size_t size = 0;

	ok(kmend_diff_by_extension(directory, ".fixed", &diff, &size, &error) < 0 &&
		   error.status == KMEND_STATUS_DIFF_NOT_APPLICABLE,
	   "no amended file: %s", error.message);
	put("source/net/a.c.fixed", "int a;\nint b;\nint d;\n");
	ok(!kmend_diff_by_extension(directory, ".fixed", &diff, &size, &error), "an amended file");
	is(diff, "--- a/net/a.c\n+++ b/net/a.c\n@@ -1,3 +1,3 @@\n int a;\n int b;\n-int c;\n+int d;\n", "its diff");
	put("source/net/alone.c.fixed", "int a;\n");
	free(diff);
	diff = NULL;
	ok(kmend_diff_by_extension(directory, ".fixed", &diff, &size, &error) < 0, "without an original: %s",
	   error.message);
	ok(kmend_diff_by_extension(directory, "/x", &diff, &size, &error) < 0 && error.status == KMEND_STATUS_USAGE,
	   "a wrong extension: %s", error.message);
}

static void test_makefiles(void)
{
	ok(kmend_makefile_is_same("a = b\n\n# x\nc = d\n", "a = b\n# y\n# z\nc = d\n"),
	   "a makefile in which remarks change");
	ok(kmend_makefile_is_same("a\n", "a\n\n#\n"), "and at its end");
	ok(!kmend_makefile_is_same("a\n", "a\nb\n") && !kmend_makefile_is_same("a\nb\n", "a\n"), "lines more and less");
	ok(!kmend_makefile_is_same("# x \\\na = b\n", "# x\na = b\n") &&
		   kmend_makefile_is_same("# x \\\na = b\n", "# x \\\na = b\n"),
	   "a remark that takes the next line with it");
	ok(!kmend_makefile_is_same("a = \\\n# x\nb\n", "a = \\\n# y\nb\n"),
	   "what looks like a remark in a line that goes on");
	ok(!kmend_makefile_is_same("a = b\n", "a = c\n"), "another value");
}

int main(void)
{
	struct kmend_error error = { 0 };
	struct kmend_tree *tree;

	if (kmend_temporary_directory("kmend-test-change", &root, &error)) {
		ok(false, "%s", error.message);
		return done_testing();
	}
	tree = make_tree();
	test_good(tree);
	test_strip(tree);
	test_targets(tree);
	test_shared(tree);
	test_searched(tree);
	test_elsewhere(tree);
	test_makefiles();
	test_scope(tree);
	test_bad(tree);
	test_extension();
	kmend_tree_free(tree);
	kmend_remove_tree(root, NULL);
	free(root);
	return done_testing();
}
