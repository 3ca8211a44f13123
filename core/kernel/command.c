// SPDX-License-Identifier: GPL-2.0
/* The command line kbuild saved for a unit: found, taken apart, checked. */
#include <errno.h>
#include <string.h>

#include "kbuild.h"

void kmend_unit_command_free(struct kmend_unit_command *command)
{
	if (!command)
		return;
	kmend_strv_free(&command->compile);
	kmend_strv_free(&command->check);
	free(command->object);
	free(command->source);
	free(command->text);
	free(command);
}

char *kmend_unit_file(const char *unit, const char *prefix, const char *suffix)
{
	const char *slash = strrchr(unit, '/');
	const char *name = slash ? slash + 1 : unit;
	const char *dot = strrchr(name, '.');

	return kmend_format("%.*s%s%.*s%s", (int)(name - unit), unit, prefix,
			    dot ? (int)(dot - name) : (int)strlen(name), name, suffix);
}

/* What make reads as one character is written so that make reads it: "$$", "$(pound)" (kbuild's make-cmd). */
static char *unescape_make(const char *text, size_t size)
{
	static const char pound[] = "$(pound)";
	struct kmend_buffer result = { 0 };

	kmend_buffer_add(&result, "", 0);
	for (size_t i = 0; i < size;) {
		size_t used = 1;
		char character = text[i];

		if (size - i >= 2 && !strncmp(text + i, "$$", 2))
			used = 2;
		else if (size - i >= sizeof(pound) - 1 && !strncmp(text + i, pound, sizeof(pound) - 1)) {
			used = sizeof(pound) - 1;
			character = '#';
		}
		kmend_buffer_add(&result, &character, 1);
		i += used;
	}
	return result.data;
}

/* The command in "cmd_OBJECT := …" ("savedcmd_" from 6.6 on). New memory, or NULL. */
static char *saved_command(const char *text, const char *object)
{
	static const char *const names[] = { "cmd_", "savedcmd_" };

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *start = kmend_format("%s%s := ", names[i], object);

		if (kmend_starts_with(text, start))
			return unescape_make(text + strlen(start), strcspn(text, "\n") - strlen(start));
	}
	return NULL;
}

static bool is_objtool(const char *program)
{
	return !strcmp(program, "objtool") || kmend_ends_with(program, "/objtool");
}

/* The compiler's words must name the object and a source that ends in the unit's path. */
static int check_compile_words(struct kmend_unit_command *command, const char *unit)
{
	bool has_object = false;

	for (size_t i = 1; i < command->compile.count; i++) {
		const char *word = command->compile.items[i];
		size_t length = strlen(word), size = strlen(unit);

		if (!strcmp(word, command->object) && !strcmp(command->compile.items[i - 1], "-o"))
			has_object = true;
		if (word[0] != '-' && kmend_ends_with(word, unit) &&
		    (length == size || word[length - size - 1] == '/') &&
		    strcmp(command->compile.items[i - 1], "-include")) {
			free(command->source);
			command->source = kmend_strdup(word);
		}
		if (command->source && !strcmp(word, "-save-temps"))
			return -EINVAL;
	}
	return has_object && command->source ? 0 : -EINVAL;
}

static int take_apart(struct kmend_unit_command *command, const char *line, const char *unit)
{
	struct kmend_strv *commands = NULL;
	size_t count = 0;
	int code = kmend_words_split(line, &commands, &count);

	if (code)
		return code;
	if (count < 1 || count > 2 || (count == 2 && !is_objtool(commands[1].items[0]))) {
		kmend_words_free(commands, count);
		return -EINVAL;
	}
	command->compile = commands[0];
	if (count == 2)
		command->check = commands[1];
	free(commands);
	if (command->check.count && strcmp(command->check.items[command->check.count - 1], command->object))
		return -EINVAL;
	return check_compile_words(command, unit);
}

int kmend_unit_command_parse(const char *text, const char *unit, struct kmend_unit_command **ret_command,
			     struct kmend_error *error)
{
	_cleanup_unit_command_ struct kmend_unit_command *command = kmend_calloc(1, sizeof(*command));
	_cleanup_free_ char *line = NULL;

	command->object = kmend_unit_file(unit, "", ".o");
	command->text = kmend_strdup(text);
	line = saved_command(text, command->object);
	if (!line || take_apart(command, line, unit))
		return kmend_fail(error, KMEND_STATUS_OUT_OF_SCOPE, -EINVAL,
				  "kbuild's command for %s is not of a kind that can be run again: %.300s", unit,
				  line ? line : "(none saved)");
	*ret_command = kmend_steal(command);
	return 0;
}
