// SPDX-License-Identifier: GPL-2.0
/* Source taken apart: chunks, what they declare, and whether two preprocessed texts can make different code. */
#include <stdlib.h>

#include "core/reach/chunk.h"
#include "core/reach/live.h"
#include "core/reach/look.h"
#include "tap.h"

static void split(const char *text, struct kmend_chunks *chunks)
{
	kmend_chunks_split(text, strlen(text), chunks);
}

static void test_chunks(void)
{
	_cleanup_chunks_ struct kmend_chunks chunks = { 0 };

	split("#ifndef H\n#define H\n#include <a/b.h> /* why */\n"
	      "#define F(a, \\\n b) a ## b // x\n"
	      "int f(int a); int g(void)\n{ if (a) { ; } }\n"
	      "struct s {\n#ifdef CONFIG_A\n int x; /* ; } */\n#else\n long x;\n#endif\n} v = { 1 };\n"
	      "#undef F\n#endif\nchar *t = \"}; // no\";\n",
	      &chunks);
	tap_is_int(chunks.count, 8, "each declaration and directive is a chunk");
	tap_is_str(chunks.items[1].text, "<a/b.h>", "an include directive is kept as written, without its comment");
	tap_is_str(chunks.items[2].text, "F( a , b ) a ## b ", "a macro's lines are joined, comments go");
	tap_is_str(chunks.items[3].text, "int f ( int a ) ; ", "a prototype ends at its semicolon");
	tap_is_str(chunks.items[4].text, "int g ( void ) { if ( a ) { ; } } ", "a function ends at its brace");
	tap_ok(strstr(chunks.items[5].text, "} v = { 1 } ;") != NULL, "a type with a variable is one chunk");
	tap_ok(strstr(chunks.items[5].context, "CONFIG_A") != NULL, "conditions inside a chunk belong to it");
	tap_ok(strstr(chunks.items[4].context, "ifndef H") != NULL, "so do those around it");
	tap_is_str(chunks.items[7].text, "char * t = \"}; // no\" ; ", "strings are one token");
	tap_is_str(chunks.items[7].context, "", "behind #endif there is no condition");
}

static void test_branches(void)
{
	_cleanup_chunks_ struct kmend_chunks chunks = { 0 }, open = { 0 };

	split("#ifdef A\nint f(int a) {\n#else\nint f(long a) {\n#endif\n return 1; }\nint g;\n", &chunks);
	tap_is_int(chunks.count, 2, "a brace that each branch opens is opened once");
	tap_is_str(chunks.items[1].text, "int g ; ", "what follows is a chunk of its own");
	split("int f() { (", &open);
	tap_is_int(open.items[0].kind, KMEND_CHUNK_OPEN, "braces that do not match are told");
}

static char macro(void *context, const char *name)
{
	(void)context;
	return !strcmp(name, "DEFINE_X") ? 'm' : !strcmp(name, "__printf") ? 'a' : '\0';
}

static void names(const char *text, enum kmend_chunk_role role, const char *expected, const char *what)
{
	_cleanup_chunks_ struct kmend_chunks chunks = { 0 };
	_cleanup_chunk_names_ struct kmend_chunk_names names = { 0 };
	_cleanup_buffer_ struct kmend_buffer list = { 0 };

	split(text, &chunks);
	kmend_chunk_names(&chunks.items[0], macro, NULL, &names);
	kmend_buffer_addf(&list, "%s", names.tag ? names.tag : "");
	for (size_t i = 0; i < names.names.count; i++)
		kmend_buffer_addf(&list, " %s", names.names.items[i]);
	for (size_t i = 0; i < names.members.count; i++)
		kmend_buffer_addf(&list, " .%.*s", (int)strcspn(names.members.items[i], ":"), names.members.items[i]);
	tap_is_int(names.role, role, what);
	tap_is_str(list.data, expected, what);
}

static void test_names(void)
{
	names("extern __printf(1, 2) int *f(const char *fmt, ...);", KMEND_ROLE_NAMED, " f",
	      "prototype with an attribute");
	names("static inline struct page *f(struct page *p) { return p; }", KMEND_ROLE_NAMED, " f", "inline function");
	names("int f(void) { return 1; }", KMEND_ROLE_ACTIVE, " f", "function");
	names("inline int f(void) { return 1; }", KMEND_ROLE_ACTIVE, " f", "inline function that is emitted");
	names("DEFINE_X(a);", KMEND_ROLE_ACTIVE, "", "macro that may make anything");
	names("static int DEFINE_X(int a) { return a; }", KMEND_ROLE_ACTIVE, " DEFINE_X", "function of a macro's name");
	names("struct s { int a, *b[2]; int (*f)(int x); union { long c; struct { int d:3; }; }; };", KMEND_ROLE_TYPE,
	      "s .a .b .f .c .d", "members");
	names("typedef struct { int a; } s_t;", KMEND_ROLE_TYPE, " s_t .a", "typedef of a structure");
	names("enum e { A, B = F(1, 2), C };", KMEND_ROLE_TYPE, "e A B C", "enumerators");
	names("struct s { enum { A, B } kind; enum e { C } other; union { enum __packed { D } x; }; } name;",
	      KMEND_ROLE_TYPE, "s A B C D name .kind .other .x", "enumerators inside a structure");
	names("struct s;", KMEND_ROLE_NONE, " s", "forward declaration");
	names("typedef int (*fn_t)(struct s *s);", KMEND_ROLE_NAMED, " fn_t", "typedef of a function pointer");
	names("extern struct s a, b[];", KMEND_ROLE_NAMED, " a b", "variables");
	names("int a = 1;", KMEND_ROLE_ACTIVE, " a", "variable with a value");
	names("_Static_assert(1, \"\");", KMEND_ROLE_NONE, "", "assertion");
	names("#define A(x) x + B\n", KMEND_ROLE_NAMED, " A", "macro");
}

/* 'v': a function or a variable; '?': asks for a type. */
static void value(const char *text, const char *expected)
{
	_cleanup_chunks_ struct kmend_chunks chunks = { 0 };
	_cleanup_chunk_names_ struct kmend_chunk_names names = { 0 };
	char said[3] = "";

	split(text, &chunks);
	kmend_chunk_names(&chunks.items[0], macro, NULL, &names);
	strcat(said, names.is_value ? "v" : "");
	strcat(said, names.asks ? "?" : "");
	tap_is_str(said, expected, text);
}

static void test_values(void)
{
	value("static inline int f(int a) { return a; }", "v");
	value("int f(int a) { return sizeof(a); }", "v?");
	value("int *f(void);", "v");
	value("extern struct s *a;", "v");
	value("typedef int f(int a);", "");
	value("__extension__ typedef unsigned long long u64;", "");
	value("typedef __typeof__(f) g;", "?");
	value("struct s { int a; } b;", "");
	value("struct s { char a[sizeof(b)]; };", "?");
	value("enum { A };", "");
	value("DEFINE_X(a);", "");
	value("#define f(x) g(x)\n", "");
}

static bool differs(const char *pre, const char *post)
{
	bool types;

	return kmend_live_differs(pre, strlen(pre), post, strlen(post), &types);
}

#define INLINE(body) "static inline int f(int a) { return " body "; }\n"

static void test_live(void)
{
	tap_ok(!differs("int a(void);\nint v = 1;\n", "int a(long);\nint v = 1;\n"), "an unused prototype");
	tap_ok(differs("int a(void); int v(void) { return a(); }", "long a(void); int v(void) { return a(); }"),
	       "a used one");
	tap_ok(!differs(INLINE("a") "int v(void) { return 1; }", INLINE("a + 1") "int v(void) { return 1; }"),
	       "an unused inline function");
	tap_ok(differs(INLINE("a") "int v(void) { return f(1); }", INLINE("a + 1") "int v(void) { return f(1); }"),
	       "a used one");
	tap_ok(differs(INLINE("a") "static inline int g(void) { return f(1); } int v(void) { return g(); }",
		       INLINE("2") "static inline int g(void) { return f(1); } int v(void) { return g(); }"),
	       "one used by another that is used");
	tap_ok(!differs(INLINE("a") "static inline int g(void) { return f(1); } int v(void) { return 0; }",
			INLINE("2") "static inline int g(void) { return f(1); } int v(void) { return 0; }"),
	       "one used by another that is not used");
	tap_ok(differs("int v(void) { return 1; }", "int v(void) { return 2; }"), "code");
	tap_ok(differs("int a; int b;", "int b; int a;"), "data in another order");
	tap_ok(!differs("struct s { int a; }; int v(struct s *s) { return s->a; }",
			"struct s { int a; int b; }; int v(struct s *s) { return s->a; }"),
	       "a member that nothing mentions: whether it moves others is not for here");
	tap_ok(differs("struct s { int a; }; int v(struct s *s) { return s->a; }",
		       "struct s { long a; }; int v(struct s *s) { return s->a; }"),
	       "a member of another type");
	tap_ok(differs("enum { A, B }; struct s { int x[B]; };", "enum { A, C, B }; struct s { int x[B]; };"),
	       "a structure made with something that changed");
	tap_ok(!differs(INLINE("a") "struct s { int (*f)(int a); };\nint v(struct s *s) { return 1; }",
			INLINE("2") "struct s { int (*f)(int a); };\nint v(struct s *s) { return 1; }"),
	       "a structure with a member that is called like a function");
	tap_ok(differs("extern int f;\nstruct s { int (*g)(__typeof__(f) a); };\nint v(struct s *s) { return 1; }",
		       "extern long f;\nstruct s { int (*g)(__typeof__(f) a); };\nint v(struct s *s) { return 1; }"),
	       "a structure that asks for its type");
	tap_ok(!differs("", ""), "nothing");
}

/* What a preprocessed text settles, a letter a type: 'y' or '.'. */
static const char *settled(const char *text)
{
	static char *items[] = { "include/a.h first",	"include/a.h second", "include/a.h third", "include/a.h fourth",
				 "include/a.h third_t", "include/b.h first",  "asm/b.h second",	   "include/a.h " };
	static char *roots[] = { "/new", "/source", "." };
	static char said[KMEND_ARRAY_SIZE(items) + 1];
	const struct kmend_strv types = { items, KMEND_ARRAY_SIZE(items) };
	const struct kmend_strv places = { roots, KMEND_ARRAY_SIZE(roots) };
	bool same[KMEND_ARRAY_SIZE(items)] = { false };

	kmend_look_settle(text, strlen(text), &places, &(struct kmend_look_types){ &types, same });
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(items); i++)
		said[i] = same[i] ? 'y' : '.';
	return said;
}

static void test_settle(void)
{
	tap_is_str(settled("# 1 \"/source/include/a.h\"\nstruct first {\n\tint a;\n};\nunion third { int b; } c;\n"),
		   "y.y.....", "types that their own file declares");
	tap_is_str(
		settled("# 7 \"/source/x/../include/a.h\" 1 3\nstruct first\n{ int a; }\n# 9 \"/source/include/a.h\"\n;"),
		"y.......", "wherever lines end, and by a path around");
	tap_is_str(settled("# 1 \"/source/include/c.h\"\nstruct first { int a; };\n# 1 \"/new/include/b.h\" 1\n"
			   "struct second { int a; };\n"),
		   "........", "not one of the same tag in another file");
	tap_is_str(
		settled("# 1 \"/new/include/b.h\"\nstruct first { int a; };\n# 1 \"./asm/b.h\" 1\nstruct second { int a; };\n"),
		".....yy.", "that file's own, in the overlay and generated");
	tap_is_str(
		settled("# 1 \"/source/include/a.h\"\n/*\nstruct first {\n\tint a;\n};\n*/\nstruct second;\nstruct third *p;\n"
			"#define X struct fourth { int a; };\nvoid f(void) { struct fourth { int a; } b; }\n"),
		"........", "not in remarks, macros and functions, nor only named");
	tap_is_str(settled("# 1 \"/source/include/a.h\"\ntypedef struct { int a; } third_t;\nenum first { A };\n"),
		   "....y...", "without a tag, by the typedef's name");
	tap_is_str(
		settled("struct first { int a; };\n# 1 \"\"\nstruct second { int a; };\n# 1\nstruct third { int a; };"),
		"........", "not what lies in no file");
}

static bool same(const char *a, const char *b)
{
	return kmend_look_is_same(a, strlen(a), b, strlen(b));
}

static void test_same(void)
{
	tap_ok(same("a\n\nb\n", "a\nb") && same("\n\n", "") && same("", ""), "the same but for empty lines");
	tap_ok(same("# 1 \"a\"\nx\n# 3 \"b\" 2\n", "x\n# 7 \"a\"\n"), "and line markers");
	tap_ok(!same("a\nb\n", "a\nbc\n") && !same("a\n", "a\nb\n") && !same("ab", "a") && !same("", "a"),
	       "other texts");
	tap_ok(!same("#define A 1\n", "#define A 2\n") && !same("#define A\n", "") && !same("# pragma x\n", "\n"),
	       "directives are no line markers");
}

int main(void)
{
	test_settle();
	test_same();
	test_chunks();
	test_branches();
	test_names();
	test_values();
	test_live();
	return tap_done();
}
