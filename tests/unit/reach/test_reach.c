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

static bool has(const char *name)
{
	_cleanup_free_ char *path = kmend_path(root, name);

	return kmend_file_exists(path);
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
	{ "fs/sized.c",
	  "#include <linux/h.h>\nint sized(struct s *s) { char x[sizeof(s->length) == 4 ? 1 : -1]; return x[0]; }\n" },
	{ "fs/entry.S",
	  "#include <linux/only.h>\n.section .entry.text, \"ax\"\n.globl entry\n.type entry, @function\nentry:\n"
	  "\tmovl $SIZE, %eax\n\tret\n.size entry, . - entry\n"
	  ".section .init.text, \"ax\"\n.type begin, @function\nbegin:\n\tret\n.size begin, . - begin\n" },
	{ "fs/attribute.c",
	  "#include <linux/attribute.h>\nint attribute(struct held *held) { return held->count; }\n" },
	{ "fs/bystander.c",
	  "#include <linux/attribute.h>\nint bystander(struct other *other) { return other->count; }\n" },
	/* kbuild makes something for it, and has not been asked to yet. */
	{ "fs/wants.S",
	  "#include <linux/wants.h>\n#include \"fs/wanted.h\"\n.text\n.globl wants\n.type wants, @function\n"
	  "wants:\n\tmovl $WANTED + SPARE, %eax\n\tret\n.size wants, . - wants\n" },
	/* Another directory's makefile compiles it. */
	{ "lib/../fs/elsewhere.c",
	  "#include <linux/argument.h>\n#define UNUSED edge(1)\nconst char *elsewhere(void) { return __FILE__; }\n" },
	{ "fs/plain.c",
	  "#include <linux/argument.h>\n#define UNUSED edge(1)\nconst char *plain(void) { return __FILE__; }\n" },
	{ "fs/passed.c", "#include <linux/argument.h>\nint passed(void) { return SCALED(BOUND); }\n" },
	/* They see a structure that changes, and mention what does, but nothing comes of it; one sees a structure more. */
	{ "fs/seer.c", "#include <linux/changed.h>\n#define UNUSED changed_call(1)\nint seer(void) { return 1; }\n" },
	{ "fs/maker.c", "#include <linux/made.h>\nint maker(struct made *made) { return made->width[0]; }\n" },
	/* The only one that sees a structure, and compiled anyway. */
	{ "fs/taker.c",
	  "#include <linux/taken.h>\nint taker(struct taken *taken) { return changed_call(taken->width[0]); }\n" },
	/* Its command includes a header that its text does not. */
	{ "fs/forced.c", "int forced(void) { return INNER; }\n" },
	/* What it includes is made when it is compiled, and includes what it uses. */
	{ "fs/parser.c", "#include \"parser.asn1.h\"\nint parser(void) { return DECODED; }\n" },
	/* One byte, or two; who has it in a structure mentions none of its names. */
	{ "fs/holder.c", "#include <linux/packed.h>\nint holder(struct holder *holder) { return holder->last; }\n" },
	/* Cannot be compiled: so it counts as soon as anybody looks into it. */
	{ "fs/named.c", "#include <linux/argument.h>\n#define TWICE(BOUND) (2 * (BOUND))\n#error\n"
			"int named(void) { return TWICE(1) + SCALED(2); }\n" },
};

/* Units that include a header and mention nothing of it: so many that not all who include it are looked into. */
#define CROWD 200

/* A saved command: "%s" in its text is the source. */
static void saved(const char *name, const char *text, const char *source)
{
	_cleanup_buffer_ struct kmend_buffer out = { 0 };

	kmend_buffer_add(&out, "", 0);
	for (; *text; text++) {
		if (kmend_starts_with(text, "%s")) {
			kmend_buffer_addf(&out, "%s", source);
			text++;
		} else {
			kmend_buffer_add(&out, text, 1);
		}
	}
	put(name, out.data);
}

/* What kbuild would do for a unit. */
static void walk_unit(const struct kmend_tree *tree, const char *unit, struct kmend_buffer *words)
{
	_cleanup_free_ char *object = kmend_format("%.*so", (int)strlen(unit) - 1, unit);

	kmend_buffer_addf(words, "@kmend@ real %s\n@kmend@ unit %s %s/%s gcc -fmacro-prefix-map=%s/= -I. -I%s/include ",
			  object, object, tree->source, unit, tree->source, tree->source);
	if (!strcmp(unit, "fs/forced.c"))
		kmend_buffer_addf(words, "-include %s/include/linux/outer.h ", tree->source);
	kmend_buffer_addf(words, "-I %s/fs/../fs -c -o %s %s/%s\n", tree->source, object, tree->source, unit);
}

static struct kmend_tree *make_tree(void)
{
	struct kmend_tree *tree = kmend_calloc(1, sizeof(*tree));
	_cleanup_buffer_ struct kmend_buffer words = { 0 }, list = { 0 };
	_cleanup_walk_ struct kmend_walk *walk = NULL;

	tree->source = kmend_path(root, "source");
	tree->directory = kmend_path(root, "tree");
	tree->build = kmend_path(root, "tree/build");
	tree->make_arguments = kmend_strdup("");
	tree->kernel = kmend_calloc(1, sizeof(*tree->kernel));
	tree->kernel->release = kmend_strdup("6.1.0-test");
	tree->kernel->version = kmend_strdup("6.1.1-1");
	kmend_strv_add(&tree->kernel->inputs, "packages"); /* such a source does not change */
	put("source/include/linux/h.h", "#ifndef H\n#define H\n#ifndef NO_TWICE\n"
					"static inline int twice(int a)\n{\n\treturn 2 * a;\n}\n#endif\n"
					"#define LIMIT 8\n#define CALL(x) t##x\n"
					"struct s {\n\tunsigned int length;\n};\n"
					"int unused(int a);\n#endif\n");
	put("source/include/linux/other.h", "int other(void);\n");
	put("source/fs/own.h", "#include <linux/h.h>\nstatic inline int four(int a) { return twice(twice(a)); }\n");
	put("source/fs/table.h", "ITEM(twice)\n");
	put("source/include/linux/wants.h", "#define SPARE 0\n#define OTHERS 1\n");
	put("source/Makefile", "fs/wants.o:\n\tmkdir -p $(O)/fs && echo '#define WANTED 5' >$(O)/fs/wanted.h\n");
	put("source/include/linux/argument.h",
	    "#define BOUND 8\nint edge(int a);\n#define SCALED(BOUND) (3 * (BOUND))\n#define JOINED(BOUND, x...) BOUND##x\n");
	put("source/include/linux/changed.h",
	    "#define GLUE(a, b) a##b\nstruct changed {\n\tint (*call)(int);\n};\nint changed_call(int a);\n");
	put("source/include/linux/made.h",
	    "#include <linux/changed.h>\nstruct made {\n\tint changed_;\n\tint call;\n\tint width[GLUE(1, 0)];\n};\n");
	put("source/include/linux/taken.h",
	    "#include <linux/changed.h>\nstruct taken {\n\tint changed_;\n\tint call;\n\tint width[GLUE(2, 0)];\n};\n");
	put("source/include/linux/outer.h", "#include <linux/inner.h>\n");
	put("source/include/linux/inner.h", "#define INNER 1\n");
	put("source/include/linux/asn1_decoder.h", "#define DECODED 1\n");
	put("source/include/linux/packed.h", "enum small {\n\tNONE,\n\tLARGE = 255,\n} __attribute__((__packed__));\n"
					     "struct holder {\n\tenum small small;\n\tchar last;\n};\n");
	put("source/include/linux/only.h", "#define SIZE 5\n#define OTHER 6\n");
	put("source/include/linux/attribute.h",
	    "#define __plain\n#define __shuffled __plain __attribute__((__may_alias__))\n"
	    "extern int held_count __shuffled;\nstruct other {\n\tint count;\n} __shuffled;\n"
	    "struct held {\n\tint count;\n} __shuffled;\nstatic inline int more(int a) { return a; }\n");
	put("tree/build/x", "");
	put("tree/units/fs/entry.S.targets", "y\n");
	put("tree/units/fs/idle.c.targets", "y\n");
	/* What kbuild made, and how it says that it did. */
	put("source/include/linux/flags.h", "enum { A, B, NR };\n/* nothing */\n");
	put("source/kernel/bounds.c",
	    "#include <linux/flags.h>\nvoid f(void) { asm volatile(\".ascii \\\"->NR_FLAGS %0 NR\\\"\" : : \"i\"(NR)); }\n");
	put("source/fs/numbers.tbl", "1 one\n2 two\n# done\n");
	put("source/fs/lone.tbl", "1\n");
	put("tree/build/fs/numbers.h", "1 one\n2 two\n");
	saved("tree/build/kernel/.bounds.s.cmd",
	      "cmd_kernel/bounds.s := gcc -Wp,-MMD,kernel/.bounds.s.d -I%s/include -S -o kernel/bounds.s %s/kernel/bounds.c\n"
	      "deps_kernel/bounds.s := \\\n  %s/include/linux/flags.h \\\n",
	      tree->source);
	saved("tree/build/fs/.numbers.h.cmd",
	      "cmd_fs/numbers.h := grep -v '^$(pound)' %s/fs/../fs/numbers.tbl > fs/numbers.h\n", tree->source);
	put("tree/includes", "");
	put("tree/index", "of an earlier form\n");
	put("tree/index.2.aBcDeF", "not complete\n");
	kmend_buffer_addf(&words, "@kmend@ at .\n");
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(units); i++) {
		_cleanup_free_ char *name = kmend_format("source/%s", units[i].name);

		put(name, units[i].text);
		walk_unit(tree, units[i].name, &words);
	}
	for (int i = 0; i < CROWD; i++) {
		_cleanup_free_ char *name = kmend_format("crowd/%d.c", i), *path = kmend_format("source/%s", name);

		put(path, "#include <linux/changed.h>\n");
		walk_unit(tree, name, &words);
	}
	if (kmend_walk_read_output(words.data, tree->source, &walk))
		abort();
	kmend_walk_write(walk, &list);
	put("tree/walk", list.data);
	return tree;
}

static char last_words[sizeof(((struct kmend_error *)0)->detail)]; /* of the last failure */

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
		kmend_buffer_addf(&list, "%s%s%s", i ? " " : "", set->units.items[i],
				  kmend_strv_has(&set->probes, set->units.items[i]) ? " (probe)" : "");
	for (size_t i = 0; set && i < set->nr_reasons; i++)
		kmend_buffer_addf(&list, " (%s: %s)", set->reasons[i].code, set->reasons[i].text);
	if (!tap_is_str(list.data, expected, what) && code)
		printf("# %s\n", error.message);
	memcpy(last_words, error.detail, sizeof(last_words));
}

/* Cut the end off every answer that was kept. */
static void damage_answers(const struct kmend_tree *tree)
{
	_cleanup_free_ char *words =
		kmend_format("cd '%s/reach' && for f in *; do sed -i '$d' $f; done", tree->directory);

	if (system(words))
		abort();
}

/* A text that units find by "..", in the overlay of a set on top of the one that changed it. */
static void test_on_top(const struct kmend_tree *tree)
{
	static const char first[] =
		"--- a/include/linux/h.h\n+++ b/include/linux/h.h\n@@ -6 +6 @@\n-\treturn 2 * a;\n+\treturn a + a;\n";
	static const char second[] = "--- a/fs/idle.c\n+++ b/fs/idle.c\n@@ -2 +2 @@\n-int idle(void) { return 1; }\n"
				     "+int idle(void) { return 2; }\n";
	_cleanup_free_ char *scratch = kmend_path(root, "first"), *other = kmend_path(root, "second"), *path = NULL,
			    *text = NULL;
	_cleanup_change_set_ struct kmend_change_set *base = NULL, *set = NULL;
	struct kmend_error error = { 0 };

	if (kmend_mkdir_parents(scratch, 0755, NULL) || kmend_mkdir_parents(other, 0755, NULL) ||
	    kmend_change_set_make(tree, NULL, first, strlen(first), scratch, &base, &error) ||
	    kmend_change_set_reach(tree, base, 2, NULL, &error) ||
	    kmend_change_set_make(tree, base, second, strlen(second), other, &set, &error)) {
		printf("Bail out! %s\n", error.message);
		abort();
	}
	path = kmend_path(set->overlay, "fs/../include/linux/h.h");
	tap_ok(!kmend_file_read(path, 1 << 20, &text, NULL, NULL) && strstr(text, "return a + a"),
	       "on top of it, who includes by \"..\" finds it too");
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
	tap_ok(!has("tree/index") && !has("tree/index.2.aBcDeF"),
	       "an index that nobody reads any more is removed, and what a killed one left of it");
	reaches(tree, HEADER "@@ -6 +6,2 @@\n+\t/* why */\n \treturn 2 * a;\n",
		"no-change: ", "a comment reaches nobody, though lines move");
	reaches(tree, HEADER "@@ -9 +9 @@\n-#define LIMIT 8\n+#define LIMIT 9\n", "fs/macro.c", "a macro");
	reaches(tree, HEADER "@@ -9 +9 @@\n-#define LIMIT 8\n+#define LIMIT 0x08\n", "fs/macro.c",
		"a macro of the same value: the compiler will say that nothing changed");
	reaches(tree, HEADER "@@ -12 +12 @@\n-\tunsigned int length;\n+\tint length;\n",
		"fs/field.c fs/sized.c fs/around.c fs/climb.c fs/guarded.c fs/idle.c fs/macro.c fs/pasted.c fs/table.c fs/user.c",
		"a member of a structure: who sees it, since its layout may be another one");
	reaches(tree, HEADER "@@ -14 +14 @@\n-int unused(int a);\n+int unused(long a);\n",
		"no-change: ", "a prototype that nobody uses");
	reaches(tree, "--- a/fs/table.h\n+++ b/fs/table.h\n@@ -1 +1,2 @@\n ITEM(twice)\n+ITEM(twice)\n", "fs/table.c",
		"a header that makes data where it is included");
	reaches(tree,
		"--- /dev/null\n+++ b/include/linux/new.h\n@@ -0,0 +1 @@\n+static inline int thrice(int a) { return 3 * a; }\n" HEADER
		"@@ -2,2 +2,3 @@\n #define H\n+#include <linux/new.h>\n #ifndef NO_TWICE\n"
		"@@ -6 +7 @@\n-\treturn 2 * a;\n+\treturn thrice(a) - a;\n",
		"fs/around.c fs/climb.c fs/pasted.c fs/table.c fs/user.c", "a new header that a changed one includes");
	reaches(tree,
		"--- a/include/linux/only.h\n+++ b/include/linux/only.h\n@@ -1 +1 @@\n-#define SIZE 5\n+#define SIZE 0x05\n",
		"no-change: ", "assembly language that stays the same");
	reaches(tree,
		"--- a/include/linux/only.h\n+++ b/include/linux/only.h\n@@ -1 +1 @@\n-#define SIZE 5\n+#define SIZE 6\n",
		" (assembly: fs/entry.S: entry (.entry.text: code on the way into and out of the kernel, where neither stack nor page tables are its own yet) changes)",
		"that does not: by its function and section");
	reaches(tree,
		"--- a/fs/entry.S\n+++ b/fs/entry.S\n@@ -7,2 +7,3 @@\n \tret\n+\t# no more\n .size entry, . - entry\n",
		"no-change: ", "a remark in assembly language");
	reaches(tree, "--- a/fs/entry.S\n+++ b/fs/entry.S\n@@ -12 +12,2 @@\n+\tnop\n \tret\n",
		" (init-code: fs/entry.S: begin (.init.text: code or data that are over since boot) changes)",
		"assembly language that ran at boot");
	reaches(tree,
		"--- a/include/linux/flags.h\n+++ b/include/linux/flags.h\n@@ -1 +1 @@\n-enum { A, B, NR };\n+enum { A, B, C, NR };\n",
		" (generated-constant: include/linux/flags.h: constants that all of the kernel was built with change (kernel/bounds.s): NR_FLAGS 2 becomes 3)",
		"a constant that a generated header has");
	reaches(tree,
		"--- a/include/linux/flags.h\n+++ b/include/linux/flags.h\n@@ -1 +1 @@\n-enum { A, B, NR };\n+enum { A, C, NR };\n",
		"no-change: ", "one that keeps its value");
	reaches(tree,
		"--- a/kernel/bounds.c\n+++ b/kernel/bounds.c\n@@ -1 +1,2 @@\n+/* why */\n #include <linux/flags.h>\n",
		"no-change: ", "the list of such constants");
	reaches(tree, "--- a/fs/numbers.tbl\n+++ b/fs/numbers.tbl\n@@ -2 +2 @@\n-2 two\n+2 three\n",
		" (generator: fs/numbers.tbl: fs/numbers.h is made from it, and would have \"2 three\" instead of \"2 two\")",
		"a table that a script makes a header of");
	reaches(tree, "--- a/fs/numbers.tbl\n+++ b/fs/numbers.tbl\n@@ -3 +3 @@\n-# done\n+# ready\n",
		"no-change: ", "what does not show in the header");
	reaches(tree, "--- a/fs/lone.tbl\n+++ b/fs/lone.tbl\n@@ -1 +1 @@\n-1\n+2\n",
		" (generator: fs/lone.tbl: what the kernel's headers or tables are generated from)",
		"a table of which nothing was made");
	reaches(tree,
		"--- a/include/linux/attribute.h\n+++ b/include/linux/attribute.h\n@@ -7,3 +7,3 @@\n struct held {\n-\tint count;\n+\tlong count;\n } __shuffled;\n",
		"fs/attribute.c fs/bystander.c", "a structure with a macro of attributes behind it");
	reaches(tree,
		"--- a/include/linux/attribute.h\n+++ b/include/linux/attribute.h\n@@ -3 +3 @@\n-extern int held_count __shuffled;\n+extern long held_count __shuffled;\n",
		"no-change: ", "a variable with one: who mentions its own name");
	reaches(tree,
		"--- a/include/linux/argument.h\n+++ b/include/linux/argument.h\n@@ -1 +1 @@\n-#define BOUND 8\n+#define BOUND 9\n",
		"fs/passed.c", "a macro: not who only calls an argument so");
	reaches(tree,
		"--- a/include/linux/argument.h\n+++ b/include/linux/argument.h\n@@ -2 +2 @@\n-int edge(int a);\n+int edge(long a);\n",
		"no-change: ", "nor who has another name in the overlay, and tells it");
	reaches(tree,
		"--- a/include/linux/wants.h\n+++ b/include/linux/wants.h\n@@ -2 +2 @@\n-#define OTHERS 1\n+#define OTHERS 2\n",
		"no-change: ", "assembly language that includes what kbuild has not made yet, and stays the same");
	reaches(tree,
		"--- a/include/linux/wants.h\n+++ b/include/linux/wants.h\n@@ -1 +1 @@\n-#define SPARE 0\n+#define SPARE 1\n",
		" (assembly: fs/wants.S: wants (.text: a function in assembly language, which cannot be taken out of its file) changes)",
		"that does not: by its function");
	reaches(tree,
		HEADER "@@ -9 +9 @@\n-#define LIMIT 8\n+#define LIMIT 9\n"
		       "--- a/fs/idle.c\n+++ b/fs/idle.c\n@@ -2 +2,2 @@\n-int idle(void) { return 1; }\n"
		       "+/* more */\n+int idle(void) { return nobody; }\n",
		"build-failed: fs/idle.c", "a unit of the diff does not compile: nobody else is looked into");
	tap_ok(strstr(last_words, "fs/idle.c:3:"), "where the diff has it");
	reaches(tree, HEADER "@@ -9 +9 @@\n-#define LIMIT 8\n+#define LIMIT nobody\n",
		"build-failed: ", "nor if one that uses a header does not any more");
	tap_ok(strstr(last_words, "fs/macro.c:"), "which is told with the compiler's words");
	reaches(tree,
		HEADER "@@ -9 +9 @@\n-#define LIMIT 8\n+#define LIMIT nobody\n"
		       "@@ -12 +12 @@\n-\tunsigned int length;\n+\tint length;\n",
		"build-failed: ", "of many that use it, some that mention each of the changed names are tried first");
	tap_ok(strstr(last_words, "fs/macro.c:"), "and those tell");
	reaches(tree, HEADER "@@ -12 +12 @@\n-\tunsigned int length;\n+\tlong length;\n",
		"build-failed: fs/field.c fs/sized.c fs/around.c fs/climb.c fs/guarded.c fs/idle.c fs/macro.c fs/pasted.c fs/table.c fs/user.c",
		"nor is any compiled, if many are reached and one of them does not");
	tap_ok(strstr(last_words, "fs/sized.c:"), "which is told");
	reaches(tree,
		"--- a/include/linux/changed.h\n+++ b/include/linux/changed.h\n@@ -3,3 +3,3 @@\n-\tint (*call)(int);\n"
		"+\tint (*call)(long);\n };\n-int changed_call(int a);\n+int changed_call(long a);\n",
		"fs/taker.c (probe) fs/maker.c (probe) fs/seer.c (probe)",
		"a structure that only seems to be made with a name: one that sees each is there to compare types by, even if it is compiled anyway");
	reaches(tree,
		"--- a/include/linux/inner.h\n+++ b/include/linux/inner.h\n@@ -1 +1 @@\n-#define INNER 1\n+#define INNER 2\n",
		"fs/forced.c", "a header that another one includes which a unit's command does");
	reaches(tree,
		"--- a/include/linux/asn1_decoder.h\n+++ b/include/linux/asn1_decoder.h\n@@ -1 +1 @@\n"
		"-#define DECODED 1\n+#define DECODED 2\n",
		"fs/parser.c", "one that only a text includes which kbuild makes");
	reaches(tree, "--- a/include/linux/packed.h\n+++ b/include/linux/packed.h\n@@ -3,0 +4 @@\n+\tHUGE,\n",
		"fs/holder.c", "an enum that is as large as its names ask for: who sees it");
	test_on_top(tree);
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
