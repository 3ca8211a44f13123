// SPDX-License-Identifier: GPL-2.0
/* The table of commands, and options read as a command's descriptor lists them. */
#include <errno.h>
#include <string.h>

#include "../base/str.h"
#include "commands.h"

/* One row each. */
/* clang-format off */
const struct kmend_command *const kmend_commands[] = {
	&kmend_command_assess,
	&kmend_command_create,
	&kmend_command_verify,
	&kmend_command_package,
	&kmend_command_apply,
	&kmend_command_undo,
	&kmend_command_view,
	&kmend_command_status,
	&kmend_command_reconcile,
	&kmend_command_upgrade,
	&kmend_command_install,
	&kmend_command_remove,
	&kmend_command_show,
	&kmend_command_hold,
	&kmend_command_unhold,
	&kmend_command_uname,
	&kmend_command_check,
	&kmend_command_log,
	&kmend_command_notify,
	&kmend_command_errata,
	&kmend_command_plan,
	&kmend_command_build,
	&kmend_command_version,
	NULL,
};
/* clang-format on */

#define LONG_OPTION 256 /* what getopt gives for the first long name; letters are below */

/* What is wrong with an option. Of several letters in one word ("-nx") getopt tells which. */
static void say_wrong(const struct kmend_command *command, int got, const char *word, struct kmend_error *error)
{
	size_t size = strcspn(word, "="), alike = 0;
	bool is_letter = optopt && optopt < LONG_OPTION;

	for (const struct kmend_option *option = command->options; !is_letter && option && option->name; option++)
		alike += size > 2 && !strncmp(option->name, word + 2, size - 2);
	if (is_letter)
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL,
			   got == ':' ? "option '-%c' needs a value" : "there is no option '-%c'", optopt);
	else if (got == ':')
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "option '%s' needs a value", word);
	else if (alike == 1 && word[size])
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "option '%.*s' takes no value", (int)size, word);
	else if (alike > 1)
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "'%s' may be one of several options", word);
	else
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "there is no option '%s'", word);
}

const struct kmend_option *kmend_next_option(const struct kmend_command *command, int argc, char **argv,
					     const char **ret_value, int *index, struct kmend_error *error)
{
	struct option longs[64] = { { 0 } };
	char shorts[130] = ":";
	size_t count = 0, letters = 1;
	int got, long_index = -1;

	for (const struct kmend_option *option = command->options; option && option->name && count < 63; option++) {
		/* Each its own value: of several that a prefix may mean getopt else takes the first, silently. */
		longs[count++] = (struct option){ .name = option->name,
						  .has_arg = option->argument ? required_argument : no_argument,
						  .val = LONG_OPTION + option - command->options };
		if (!option->letter)
			continue;
		shorts[letters++] = option->letter;
		if (option->argument)
			shorts[letters++] = ':';
	}
	opterr = 0;
	got = getopt_long(argc, argv, shorts, longs, &long_index);
	*index = optind;
	if (got == -1)
		return NULL;
	*ret_value = optarg;
	if (got >= LONG_OPTION && long_index >= 0)
		return &command->options[long_index];
	for (size_t i = 0; i < count && got != '?' && got != ':'; i++)
		if (command->options[i].letter == got)
			return &command->options[i];
	say_wrong(command, got, argv[optind - 1], error);
	kmend_advise(error, "See 'kmend %s --help'.", command->name);
	return NULL;
}
