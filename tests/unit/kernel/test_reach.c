// SPDX-License-Identifier: GPL-2.0
/* Which units a change of a header reaches, in a small source of our own, with a real compiler. */
#include <stdlib.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/kernel/change.h"
#include "core/kernel/walk.h"
#include "tap.h"

static char *root;

static void put(const char *name, const char *text)
{
	_cleanup_free_ char *path = kmend_path(root, name), *directory = kmend_strdup(path);

	*strrchr(directory, '/') = '\0';
	if (kmend_mkdir_parents(directory, 0755, NULL) || kmend_file_write_atomic(path, text, strlen(text), 0644, NULL))
		abort();
}

/* Units, and what they are there for. */
static const struct {
	const char *name;
	const char *text;
} units[] = {
	{ "fs/user.c", "#include <linux/h.h>\nint user(void) { return twice(1); }\n" },
	{ "fs/idle.c", "#include <linux/h.h>\nint idle(void) { return 1; }\n" },
	{ "fs/around.c", "#include \"../fs/own.h\"\nint around(void) { return four(1); }\n" },
	{ "fs/pasted.c", "#include <linux/h.h>\nint pasted(void) { return CALL(wice)(1); }\n" },
	{ "fs/same.c", "#include <linux/other.h>\nstatic int twice(int a) { return a; }\n"
		       "int same(void) { return twice(1); }\n" },
	{ "fs/table.c",
	  "#include <linux/h.h>\n#define ITEM(x) x,\nint (*const table[])(int) = {\n#include \"table.h\"\n};\n" },
	{ "fs/guarded.c",
	  "#define NO_TWICE\n#include <linux/h.h>\nint twice(int a);\nint guarded(void) { return twice(1); }\n" },
	{ "fs/macro.c", "#include <linux/h.h>\nint macro(void) { return LIMIT; }\n" },
	{ "fs/climb.c", "#include \"../include/linux/h.h\"\nint climb(void) { return twice(2); }\n" },
	{ "fs/field.c", "#include <linux/h.h>\nint field(struct s *s) { return s->length; }\n" },
};

static struct kmend_tree *make_tree(void)
{
	struct kmend_tree *tree = kmend_calloc(1, sizeof(*tree));
	_cleanup_buffer_ struct kmend_buffer words = { 0 }, list = { 0 };
	_cleanup_walk_ struct kmend_walk *walk = NULL;

	tree->source = kmend_path(root, "source");
	tree->directory = kmend_path(root, "tree");
	tree->build = kmend_path(root, "tree/build");
	tree->kernel = kmend_calloc(1, sizeof(*tree->kernel));
	tree->kernel->release = kmend_strdup("6.1.0-test");
	tree->kernel->version = kmend_strdup("6.1.1-1");
	put("source/include/linux/h.h", "#ifndef H\n#define H\n#ifndef NO_TWICE\n"
					"static inline int twice(int a)\n{\n\treturn 2 * a;\n}\n#endif\n"
					"#define LIMIT 8\n#define CALL(x) t##x\n"
					"struct s {\n\tunsigned int length;\n};\n"
					"int unused(int a);\n#endif\n");
	put("source/include/linux/other.h", "int other(void);\n");
	put("source/fs/own.h", "#include <linux/h.h>\nstatic inline int four(int a) { return twice(twice(a)); }\n");
	put("source/fs/table.h", "ITEM(twice)\n");
	put("tree/build/x", "");
	put("tree/includes", "");
	kmend_buffer_addf(&words, "@kmend@ at .\n");
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(units); i++) {
		_cleanup_free_ char *name = kmend_format("source/%s", units[i].name);

		put(name, units[i].text);
		kmend_buffer_addf(&words,
				  "@kmend@ real %.*so\n@kmend@ unit %.*so %s/%s gcc -I%s/include -c -o %.*so %s/%s\n",
				  (int)strlen(units[i].name) - 1, units[i].name, (int)strlen(units[i].name) - 1,
				  units[i].name, tree->source, units[i].name, tree->source,
				  (int)strlen(units[i].name) - 1, units[i].name, tree->source, units[i].name);
	}
	if (kmend_walk_read_output(words.data, tree->source, &walk))
		abort();
	kmend_walk_write(walk, &list);
	put("tree/walk", list.data);
	return tree;
}

static void reaches(const struct kmend_tree *tree, const char *diff, const char *expected, const char *what)
{
	_cleanup_free_ char *scratch = kmend_path(root, "scratch");
	_cleanup_change_set_ struct kmend_change_set *set = NULL;
	_cleanup_buffer_ struct kmend_buffer list = { 0 };
	struct kmend_error error = { 0 };
	int code;

	kmend_buffer_add(&list, "", 0);
	if (kmend_remove_tree(scratch, NULL) || kmend_mkdir_parents(scratch, 0755, NULL))
		abort();
	code = kmend_change_set_make(tree, NULL, diff, strlen(diff), scratch, &set, &error);
	if (!code)
		code = kmend_change_set_reach(tree, set, 2, NULL, &error);
	if (code)
		kmend_buffer_addf(&list, "%s: ", kmend_status_name(error.status));
	for (size_t i = 0; set && i < set->units.count; i++)
		kmend_buffer_addf(&list, "%s%s", i ? " " : "", set->units.items[i]);
	for (size_t i = 0; set && i < set->nr_reasons; i++)
		kmend_buffer_addf(&list, " (%s)", set->reasons[i].code);
	if (!tap_is_str(list.data, expected, what) && code)
		printf("# %s\n", error.message);
}

/* Cut the end off every answer that was kept. */
static void damage_answers(const struct kmend_tree *tree)
{
	_cleanup_free_ char *words =
		kmend_format("cd '%s/reach' && for f in *; do sed -i '$d' $f; done", tree->directory);

	if (system(words))
		abort();
}

#define HEADER "--- a/include/linux/h.h\n+++ b/include/linux/h.h\n"

int main(void)
{
	struct kmend_tree *tree;

	if (kmend_temporary_directory("reach", &root, NULL))
		abort();
	tree = make_tree();
	reaches(tree, HEADER "@@ -6 +6 @@\n-\treturn 2 * a;\n+\treturn a + a;\n",
		"fs/around.c fs/climb.c fs/pasted.c fs/table.c fs/user.c",
		"an inline function: who calls it, through another header, by a pasted name, in a table, by \"..\"; no other");
	reaches(tree, HEADER "@@ -6 +6,2 @@\n+\t/* why */\n \treturn 2 * a;\n",
		"no-change: ", "a comment reaches nobody, though lines move");
	reaches(tree, HEADER "@@ -9 +9 @@\n-#define LIMIT 8\n+#define LIMIT 9\n", "fs/macro.c", "a macro");
	reaches(tree, HEADER "@@ -9 +9 @@\n-#define LIMIT 8\n+#define LIMIT 0x08\n", "fs/macro.c",
		"a macro of the same value: the compiler will say that nothing changed");
	reaches(tree, HEADER "@@ -12 +12 @@\n-\tunsigned int length;\n+\tint length;\n", "fs/field.c",
		"a member of a structure: who mentions it");
	reaches(tree, HEADER "@@ -14 +14 @@\n-int unused(int a);\n+int unused(long a);\n",
		"no-change: ", "a prototype that nobody uses");
	reaches(tree, "--- a/fs/table.h\n+++ b/fs/table.h\n@@ -1 +1,2 @@\n ITEM(twice)\n+ITEM(twice)\n", "fs/table.c",
		"a header that makes data where it is included");
	reaches(tree,
		"--- /dev/null\n+++ b/include/linux/new.h\n@@ -0,0 +1 @@\n+static inline int thrice(int a) { return 3 * a; }\n" HEADER
		"@@ -2,2 +2,3 @@\n #define H\n+#include <linux/new.h>\n #ifndef NO_TWICE\n"
		"@@ -6 +7 @@\n-\treturn 2 * a;\n+\treturn thrice(a) - a;\n",
		"fs/around.c fs/climb.c fs/pasted.c fs/table.c fs/user.c", "a new header that a changed one includes");
	/* The source of a tree never changes; here it does, to see who looks. */
	put("source/fs/macro.c", "int x;\n");
	reaches(tree, HEADER "@@ -9 +9 @@\n-#define LIMIT 8\n+#define LIMIT 9\n", "fs/macro.c",
		"the same question is not worked out again");
	damage_answers(tree);
	reaches(tree, HEADER "@@ -9 +9 @@\n-#define LIMIT 8\n+#define LIMIT 9\n",
		"no-change: ", "unless the answer is damaged");
	kmend_tree_free(tree);
	kmend_remove_tree(root, NULL);
	free(root);
	return tap_done();
}
