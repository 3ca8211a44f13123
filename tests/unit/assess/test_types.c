// SPDX-License-Identifier: GPL-2.0
/* Types as they are read from an object, paths into them, and objects that have none. */
#include <errno.h>
#include <stdlib.h>

#include "../diff/build.h"
#include "../tap.h"
#include "core/assess/internal.h"
#include "core/assess/layout.h"
#include "core/base/file.h"

static const char source_of_types[] =
	"typedef struct { char c; int i; } anonymous_t;\n"
	"struct inner { int x; union { long l; char name[3]; }; struct { short s; } deep; };\n"
	"struct node { struct node *next; anonymous_t pair[2][3]; struct inner inner; unsigned int low : 3, high : 5; };\n"
	"const struct node nodes[4] = { { 0 } };\n"
	"static volatile int counter;\n"
	"int f(struct node *node, ...) { static long once; struct inner local = { 1 }; __asm__ volatile(\"\" : : \"r\"(&local));\n"
	"\tonce += counter; return node->low + once; }\n"
	"void g(void) { }\n";

static char *path_in(const struct kmend_types *types, const char *variable, uint64_t offset)
{
	const struct kmend_type_variable *found = kmend_types_variable(types, variable);

	return found ? kmend_type_path(types, found->type, offset, NULL) : NULL;
}

static void check_path(const struct kmend_types *types, uint64_t offset, const char *expected)
{
	_cleanup_free_ char *path = path_in(types, "nodes", offset);

	tap_is_str(path, expected, expected);
}

static void test_read(const struct kmend_types *types)
{
	const struct kmend_type_function *f = kmend_types_function(types, "f"), *g = kmend_types_function(types, "g");
	const struct kmend_type_variable *nodes = kmend_types_variable(types, "nodes");
	const struct kmend_type *node;
	bool has_local = false;

	tap_ok(f && types->types[f->type].nr_members == 1 && types->types[f->type].is_variadic,
	       "a function's parameters");
	tap_ok(g && !types->types[g->type].nr_members && !types->types[g->type].target, "a function without any");
	tap_ok(kmend_types_variable(types, "once") && kmend_types_variable(types, "counter"), "static variables");
	for (size_t i = 0; i < types->nr_variables; i++)
		has_local |= types->variables[i].use == KMEND_USE_LOCAL && !strcmp(types->variables[i].name, "local") &&
			     !strcmp(types->variables[i].function, "f");
	tap_ok(has_local && !kmend_types_variable(types, "local"), "one on the stack is none of them");
	if (!nodes)
		return;
	node = &types->types[types->types[nodes->type].target];
	tap_ok(types->types[nodes->type].count == 4 && types->types[nodes->type].size == 4 * node->size, "an array");
	tap_ok(node->nr_members == 5 && node->members[4].bit_size == 5 &&
		       node->members[4].bit_offset == node->members[3].bit_offset + 3,
	       "bit fields");
	tap_ok(types->types[node->members[0].type].kind == KMEND_TYPE_POINTER &&
		       &types->types[types->types[node->members[0].type].target] == node,
	       "a type that leads to itself");
	check_path(types, 0, "[0].next");
	check_path(types, node->size + 8 + 8 * 5 + 4, "[1].pair[5].i");
	check_path(types, 8 + 48 + 8, "[0].inner.l");
	check_path(types, 8 + 48 + 16, "[0].inner.deep.s");
}

static void test_none(const char *directory)
{
	_cleanup_free_ char *empty = kmend_path(directory, "empty"), *text = kmend_path(directory, "text");
	struct kmend_types *types = NULL;
	struct kmend_error error = { 0 };

	kmend_file_write_atomic(empty, "", 0, 0644, NULL);
	kmend_file_write_atomic(text, "no object\n", 10, 0644, NULL);
	tap_ok(kmend_types_read(empty, &types, &error) == -EINVAL && !types, "an empty file");
	tap_ok(kmend_types_read(text, &types, &error) == -EINVAL && !types, "a file that is no object");
	tap_ok(kmend_types_read("/nowhere/x.o", &types, &error) == -ENOENT, "a file that is not there");
}

static void test_signatures(const char *directory)
{
	_cleanup_free_ char *source = kmend_path(directory, "signatures.c"), *pre = NULL, *post = NULL;
	_cleanup_types_ struct kmend_types *before = NULL, *after = NULL;
	static const char text[] = "#ifdef POST\n"
				   "int same(unsigned int a) { return a; } int more(int a, int b) { return a + b; }\n"
				   "int wider(long a) { return a; } int narrower(int a) { return a; }\n"
				   "void silent(void) { } int speaks(void) { return 1; }\n"
				   "#else\n"
				   "int same(int a) { return a; } int more(int a) { return a; }\n"
				   "int wider(int a) { return a; } int narrower(long a) { return a; }\n"
				   "int silent(void) { return 1; } void speaks(void) { }\n"
				   "#endif\n";
	static const struct {
		const char *name;
		bool differs;
	} rows[] = { { "same", false },	    { "more", true },	{ "wider", true },
		     { "narrower", false }, { "silent", true }, { "speaks", false } };

	kmend_file_write_atomic(source, text, strlen(text), 0644, NULL);
	tap_ok(!build_types(source, directory, &pre, &post, NULL) && !kmend_types_read(pre, &before, NULL) &&
		       !kmend_types_read(post, &after, NULL),
	       "functions before and after");
	for (size_t i = 0; before && after && i < KMEND_ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *difference =
			kmend_signature_difference(before, kmend_types_function(before, rows[i].name)->type, after,
						   kmend_types_function(after, rows[i].name)->type);

		tap_ok(!difference == !rows[i].differs, "%s: %s", rows[i].name, difference ? difference : "as before");
	}
}

/* The compiler's text is megabytes long, so what is found there takes its place; the next who asks finds the same. */
static void test_casts(const char *directory)
{
	static const char said[] =
		";; Function f\n{\n  h ((struct cb *) &skb->cb[0]);\n  k ((const struct entry *) &local);\n"
		"  k ((struct entry *) &local);\n  return (long int) ((union other[2] *) p)->x;\n}\n";
	_cleanup_free_ char *path = kmend_path(directory, "casts.original"), *rest = NULL;
	size_t size = 0;

	kmend_file_write_atomic(path, said, strlen(said), 0644, NULL);
	for (int i = 0; i < 2; i++) {
		_cleanup_strv_ struct kmend_strv casts = { 0 };

		tap_ok(!kmend_casts_read(path, &casts, NULL) && casts.count == 3 && kmend_strv_has(&casts, "cb") &&
			       kmend_strv_has(&casts, "entry local") && kmend_strv_has(&casts, "other"),
		       "casts, read %s", i ? "again" : "once");
	}
	tap_ok(!kmend_file_read(path, sizeof(said), &rest, &size, NULL) && size < sizeof(said) / 2 &&
		       !strstr(rest, "Function"),
	       "what is not needed of the compiler's text goes");
}

/* More than any unit has: nothing is believed of an object of which something would be left out. */
static void test_limits(const char *directory)
{
	static const struct {
		const char *what, *begin, *middle, *end; /* @middle: "#" is the number */
		int times;
		bool is_read;
		bool closes; /* each with its own brace */
	} rows[] = {
		{ "pointers upon pointers", "int ", "*", "p;\n", 1000, true },
		{ "more of them than are followed", "int ", "*", "p;\n", 5000, false },
		{ "an enum of many names", "enum e { A", ",\nN#", "} e;\n", 1000, true },
		{ "one of too many", "enum e { A", ",\nN#", "} e;\n", 70000, false },
		{ "a structure of many members", "struct s {", "char m#;\n", "} s;\n", 1000, true },
		{ "one of too many", "struct s {", "char m#;\n", "} s;\n", 70000, false },
		{ "blocks in blocks", "void h(void *);\nvoid f(void) {", "{ int v#; h(&v#);\n", "}\n", 100, true,
		  true },
		{ "deeper than is looked", "void h(void *);\nvoid f(void) {", "{ int v#; h(&v#);\n", "}\n", 300, false,
		  true },
	};
	_cleanup_free_ char *source = kmend_path(directory, "limits.c");

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++) {
		_cleanup_buffer_ struct kmend_buffer text = { 0 };
		_cleanup_free_ char *pre = NULL, *post = NULL;
		_cleanup_types_ struct kmend_types *types = NULL;
		struct kmend_error error = { 0 };
		int r;

		kmend_buffer_addf(&text, "%s", rows[i].begin);
		for (int j = 0; j < rows[i].times; j++)
			for (const char *at = rows[i].middle; *at; at++)
				if (*at == '#')
					kmend_buffer_addf(&text, "%d", j);
				else
					kmend_buffer_add(&text, at, 1);
		for (int j = 0; rows[i].closes && j < rows[i].times; j++)
			kmend_buffer_addf(&text, "}");
		kmend_buffer_addf(&text, "%s", rows[i].end);
		kmend_file_write_atomic(source, text.data, text.size, 0644, NULL);
		if (build_types(source, directory, &pre, &post, &error)) {
			tap_ok(false, "%s: %s", rows[i].what, error.detail);
			continue;
		}
		r = kmend_types_read(pre, &types, &error);
		tap_ok(rows[i].is_read ? !r : r == -EINVAL && !types && strstr(error.message, "too many types"),
		       "%s: %s", rows[i].what, error.message);
	}
}

/* Those that are there for their types alone are asked before the others, all of them. */
static void test_order(void)
{
	enum { COUNT = 24 };
	struct kmend_item changed = { .change = KMEND_CHANGE_CHANGED }, same = { .change = KMEND_CHANGE_SAME };
	struct kmend_delta deltas[COUNT] = { 0 };
	struct kmend_delta *all[COUNT];
	const struct kmend_delta *order[COUNT];
	struct kmend_change_set changes = { 0 };
	struct kmend_assess_input input = { .deltas = all, .nr_deltas = COUNT, .changes = &changes };
	char names[COUNT][8];
	size_t count, first;

	for (int i = 0; i < COUNT; i++) {
		snprintf(names[i], sizeof(names[i]), "%d.c", i);
		deltas[i].unit = names[i];
		deltas[i].items = i < 12 ? &changed : &same;
		deltas[i].nr_items = 1;
		all[i] = &deltas[i];
	}
	first = typed_order(&input, order, &count);
	tap_ok(count == 12 && first == 8 && order[0] == all[0], "units whose code changed, the first ones at once");
	kmend_strv_add(&changes.probes, "20.c");
	kmend_strv_add(&changes.probes, "11.c");
	first = typed_order(&input, order, &count);
	tap_ok(count == 13 && first == 8 && order[0] == all[11] && order[1] == all[20] && order[2] == all[0],
	       "before them those that are there for their types, each once");
	for (int i = 12; i < 20; i++)
		kmend_strv_add(&changes.probes, names[i]);
	first = typed_order(&input, order, &count);
	tap_ok(count == 21 && first == 10 && order[9] == all[20] && order[10] == all[0],
	       "all of these, if they are more");
	kmend_strv_free(&changes.probes);
}

int main(void)
{
	_cleanup_free_ char *directory = NULL, *source = NULL, *pre = NULL, *post = NULL;
	struct kmend_types *types = NULL;
	struct kmend_error error = { 0 };

	if (!compiler_is_here()) {
		printf("1..0 # SKIP no " COMPILER "\n");
		return 0;
	}
	if (kmend_temporary_directory("kmend-test", &directory, NULL))
		return 1;
	source = kmend_path(directory, "types.c");
	kmend_file_write_atomic(source, source_of_types, strlen(source_of_types), 0644, NULL);
	tap_ok(!build_types(source, directory, &pre, &post, &error), "compiled %s", error.detail);
	tap_ok(pre && !kmend_types_read(pre, &types, &error), "read %s", error.message);
	if (types)
		test_read(types);
	kmend_types_free(types);
	test_none(directory);
	test_casts(directory);
	test_signatures(directory);
	test_limits(directory);
	test_order();
	kmend_remove_tree(directory, NULL);
	return tap_done();
}
