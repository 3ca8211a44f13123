// SPDX-License-Identifier: GPL-2.0
/* Saved kbuild commands. */
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/kernel/kbuild.h"
#include "core/kernel/objects.h"
#include "tap.h"

static struct kmend_unit_command *parse(const char *text)
{
	struct kmend_unit_command *command = NULL;

	return kmend_unit_command_parse(text, "net/x/y.c", &command, NULL) ? NULL : command;
}

static void refused(const char *text, const char *what)
{
	struct kmend_unit_command *command = parse(text);

	ok(!command, "%s is refused", what);
	kmend_unit_command_free(command);
}

static char *object_name(const struct kmend_tree *tree, const char *variant, const char *source)
{
	_cleanup_unit_command_ struct kmend_unit_command *command =
		parse("cmd_net/x/y.o := gcc -c -o net/x/y.o /src/net/x/y.c\n");
	char *path = NULL;

	return command && !kmend_object_name(tree, "cache", command, variant, source, &path, NULL) ? path : NULL;
}

/* What amended source may include of kmend's own belongs to the name under which its object is kept. */
static void test_names(void)
{
	static const char *const variants[] = {
		"run", "pre", "post", "post 1234", "typed-post", "all-typed-post 1234"
	};
	char *root = NULL, *names[KMEND_ARRAY_SIZE(variants)];
	_cleanup_free_ char *directory = NULL, *hooks = NULL, *abi = NULL, *source = NULL;
	struct kmend_tree tree = { .id = "id", .build = "/nowhere" };

	if (kmend_temporary_directory("objects", &root, NULL))
		abort();
	tree.include = root;
	directory = kmend_path(root, "kmend");
	hooks = kmend_path(root, "kmend/hooks.h");
	abi = kmend_path(root, "kmend/abi.h");
	source = kmend_path(root, "y.c");
	if (kmend_mkdir_parents(directory, 0755, NULL) || kmend_file_write_atomic(hooks, "1", 1, 0644, NULL) ||
	    kmend_file_write_atomic(abi, "1", 1, 0644, NULL) || kmend_file_write_atomic(source, "1", 1, 0644, NULL))
		abort();
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(variants); i++)
		names[i] = object_name(&tree, variants[i], source);
	kmend_file_write_atomic(hooks, "2", 1, 0644, NULL);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(variants); i++) {
		_cleanup_free_ char *name = object_name(&tree, variants[i], source);
		bool is_post = strstr(variants[i], "post");

		ok(name && names[i] && !strcmp(name, names[i]) == !is_post, "other hooks.h: \"%s\" is %s", variants[i],
		   is_post ? "another object" : "the same one");
		free(names[i]);
	}
	kmend_remove_tree(root, NULL);
	free(root);
}

int main(void)
{
	struct kmend_unit_command *command;
	_cleanup_free_ char *saved = kmend_unit_file("net/x/y.c", ".", ".o.cmd");
	_cleanup_free_ char *top = kmend_unit_file("y.c", ".", ".o.cmd");

	is(saved, "net/x/.y.o.cmd", "where kbuild saves the command");
	is(top, ".y.o.cmd", "at the top");
	command = parse(
		"cmd_net/x/y.o := gcc-12 -Wp,-MMD,net/x/.y.o.d -DA='\"b\"' -DP='$(pound)' -c -o net/x/y.o "
		"/src/net/x/y.c   ; ./tools/objtool/objtool --orc   net/x/y.o\n\nsource_net/x/y.o := /src/net/x/y.c\n");
	ok(command, "a command with objtool is taken apart");
	if (command) {
		is(command->source, "/src/net/x/y.c", "its source");
		is(command->object, "net/x/y.o", "its object");
		is(command->compile.items[2], "-DA=\"b\"", "a quoted word");
		is(command->compile.items[3], "-DP=#", "a character that make reads otherwise");
		tap_is_int(command->check.count, 3, "objtool's words");
		ok(strstr(command->text, "source_net"), "the text is kept");
	}
	kmend_unit_command_free(command);
	command = parse("savedcmd_net/x/y.o := gcc -c -o net/x/y.o net/x/y.c\n");
	ok(command && !command->check.count, "the newer name, without objtool");
	kmend_unit_command_free(command);
	refused("cmd_net/x/z.o := gcc -c -o net/x/z.o net/x/z.c\n", "another unit's command");
	refused("cmd_net/x/y.o := gcc -c -o net/x/y.o net/x/y.c ; rm -rf /\n", "a second command that is not objtool");
	refused("cmd_net/x/y.o := gcc -c -o net/x/y.o net/x/y.c | tee x\n", "a pipe");
	refused("cmd_net/x/y.o := gcc -c -o other.o net/x/y.c\n", "another object");
	refused("cmd_net/x/y.o := gcc -c -o net/x/y.o other.c\n", "another source");
	refused("", "an empty file");
	test_names();
	return done_testing();
}
