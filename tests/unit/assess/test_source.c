// SPDX-License-Identifier: GPL-2.0
/* C text: what lies outside of function bodies, and where things are defined. */
#include <stdlib.h>

#include "../tap.h"
#include "core/assess/internal.h"

static bool is_same_outside(const char *a, const char *b)
{
	_cleanup_free_ char *left = source_outside(a), *right = source_outside(b);

	return !strcmp(left, right);
}

static void test_outside(void)
{
	tap_ok(is_same_outside("int f(int a)\n{\n\treturn a;\n}\n", "int f(int a) { if (a) { return 1; } return 2; }"),
	       "a body does not count");
	tap_ok(is_same_outside("int f(void) { return '}' + \"{\"[0]; /* } */ } int a;",
			       "int f(void) { return 0; } int a;"),
	       "braces in literals and comments are none");
	tap_ok(is_same_outside("int f(void) __releases(x) { a(); }", "int f(void) __releases(x) { b(); }"),
	       "attributes behind the parameters");
	tap_ok(is_same_outside("SYSCALL_DEFINE2(f, int, a, int, b)\n{ a(); }",
			       "SYSCALL_DEFINE2(f, int, a, int, b) { }"),
	       "a macro that defines a function");
	tap_ok(is_same_outside("int a; // x\nint b;", "int a;\n\n/* y */\nint b;"), "comments and blanks do not count");
	tap_ok(!is_same_outside("struct a { int b; };", "struct a { int b, c; };"), "a structure counts");
	tap_ok(!is_same_outside("struct __attribute__((packed)) a { int b; };",
				"struct __attribute__((packed)) a { int b, c; };"),
	       "with attributes in front, too");
	tap_ok(!is_same_outside("struct __aligned(8) { int b; } a;", "struct __aligned(8) { int b, c; } a;"),
	       "whatever they are called");
	tap_ok(!is_same_outside("int a[] = { f(1) };", "int a[] = { f(2) };"), "an initialiser counts");
	tap_ok(!is_same_outside("int f(void) { struct a { int b; } c; }", "int f(void) { struct a { long b; } c; }"),
	       "a structure in a body counts");
	tap_ok(!is_same_outside("int f(void) { }\n#define N 1\n", "int f(void) { }\n#define N 2\n"), "a macro counts");
	tap_ok(!is_same_outside("int f(void) {\n#define N 1\n}", "int f(void) {\n#define N 2\n}"), "in a body, too");
	tap_ok(!is_same_outside("int f(int a) { }", "int f(long a) { }"), "a parameter counts");
	tap_ok(is_same_outside("int a; static int f(int a) { }",
			       "static int f(long);\nint a; static int f(long a) { }"),
	       "not of a static function");
	tap_ok(is_same_outside("static int a, b; int c;", "static long a; int c;"),
	       "nor a static variable, whose size is seen in the code");
	tap_ok(!is_same_outside("static struct { int a; } b;", "static struct { long a; } b;"),
	       "unless it declares a type");
	tap_ok(!is_same_outside("static int a = 1;", "static int a = 2;"), "or has a value");
	tap_ok(!is_same_outside("static int f(void) { struct a { int b; } c; }",
				"static int f(void) { struct a { long b; } c; }"),
	       "a structure in a static function's body counts");
	tap_ok(!is_same_outside("static int\n#define N 1\nf(void) { }", "static int\n#define N 2\nf(void) { }"),
	       "a macro in the midst of a head counts");
	tap_ok(!is_same_outside("int f(void) {", "int f(void) { }"), "what is not balanced counts as changed");
}

static void test_lines(void)
{
	static const char text[] = "#define f(x) x\n"			/* 1 */
				   "int f(int);\n"			/* 2 */
				   "int g(void)\n{\n"			/* 3 */
				   "\treturn f(1);\n}\n"		/* 5 */
				   "/* f(2) { } */\n"			/* 7 */
				   "static int\nf(int x)\n{\n"		/* 8 */
				   "\treturn x;\n}\n"			/* 11 */
				   "struct s t[] = {\n"			/* 13 */
				   "\t{ f },\n};\n"			/* 14 */
				   "SYSCALL_DEFINE1(h, int, x)\n{ }\n"; /* 16 */

	tap_is_int(source_line_of(text, "f"), 9, "a function's definition, not its declaration");
	tap_is_int(source_line_of(text, "g"), 3, "a function");
	tap_is_int(source_line_of(text, "t"), 13, "a table");
	tap_is_int(source_line_of(text, "h"), 16, "a name that a macro makes");
	tap_is_int(source_line_of(text, "nothing"), 0, "what is not there");
}

int main(void)
{
	test_outside();
	test_lines();
	return tap_done();
}
