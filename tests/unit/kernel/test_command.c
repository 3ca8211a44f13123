// SPDX-License-Identifier: GPL-2.0
/* Saved kbuild commands. */
#include <string.h>

#include "core/kernel/kbuild.h"
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
	return done_testing();
}
