// SPDX-License-Identifier: GPL-2.0
#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "../base/file.h"
#include "../base/str.h"

#define LIMIT 65536
#define MOST 1000000

enum type { FLAG, NUMBER, ENGINES };

static const struct {
	const char *key;
	enum type type;
	unsigned int standard;
	size_t offset;
} rows[] = {
#define SETTING_ROW(key, type, standard, meaning) { #key, type, standard, offsetof(struct kmend_settings, key) },
	KMEND_SETTINGS(SETTING_ROW)
#undef SETTING_ROW
};

static unsigned int *member_of(struct kmend_settings *settings, size_t row)
{
	return (unsigned int *)((char *)settings + rows[row].offset);
}

static int parse_flag(const char *value, unsigned int *ret_number)
{
	static const char *const words[] = { "no", "yes", "off", "on", "false", "true", "0", "1" };

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(words); i++)
		if (!strcasecmp(value, words[i])) {
			*ret_number = i % 2;
			return 0;
		}
	return -EINVAL;
}

static int parse_number(const char *value, unsigned int *ret_number)
{
	unsigned long number;
	char *end;

	if (!isdigit((unsigned char)*value))
		return -EINVAL;
	number = strtoul(value, &end, 10);
	if (*end || number > MOST)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

/* "stop", "gradual", or both with a comma. */
static int parse_engines(const char *value, unsigned int *ret_number)
{
	static const struct {
		const char *value;
		enum kmend_engine_choice choice;
	} choices[] = {
		{ "stop", KMEND_CHOICE_STOP },
		{ "gradual", KMEND_CHOICE_GRADUAL },
		{ "stop,gradual", KMEND_CHOICE_UPDATE },
		{ "gradual,stop", KMEND_CHOICE_UPDATE },
	};

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(choices); i++)
		if (!strcmp(value, choices[i].value)) {
			*ret_number = choices[i].choice;
			return 0;
		}
	return -EINVAL;
}

static const struct {
	int (*parse)(const char *value, unsigned int *ret_number);
	const char *wanted;
} types[] = {
	[FLAG] = { parse_flag, "yes or no" },
	[NUMBER] = { parse_number, "a number" },
	[ENGINES] = { parse_engines, "'stop', 'gradual' or 'stop,gradual'" },
};

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

static int take_line(char *line, unsigned int number, struct kmend_settings *settings, struct kmend_error *error)
{
	char *equals, *key, *value;

	line = trim(line);
	if (!*line || *line == '#')
		return 0;
	equals = strchr(line, '=');
	if (!equals)
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "kmend.conf, line %u: it has to read KEY=VALUE",
				  number);
	*equals = '\0';
	key = trim(line);
	value = trim(equals + 1);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].key, key))
			continue;
		if (types[rows[i].type].parse(value, member_of(settings, i)))
			return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "kmend.conf, line %u: %s has to be %s",
					  number, key, types[rows[i].type].wanted);
		return 0;
	}
	return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "kmend.conf, line %u: there is no setting '%.60s'",
			  number, key);
}

int kmend_settings_parse(const char *text, size_t size, struct kmend_settings *ret_settings, struct kmend_error *error)
{
	_cleanup_free_ char *copy = kmend_strndup(text, size);
	struct kmend_settings settings;
	unsigned int number = 0;
	char *rest = copy, *line;
	int code = 0;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++)
		*member_of(&settings, i) = rows[i].standard;
	while (!code && (line = strsep(&rest, "\n")))
		code = take_line(line, ++number, &settings, error);
	if (!code)
		*ret_settings = settings;
	return code;
}

int kmend_settings_read(const struct kmend_machine *machine, struct kmend_settings *ret_settings,
			struct kmend_error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int code;

	if (!kmend_file_exists(machine->paths.settings))
		return kmend_settings_parse("", 0, ret_settings, error);
	code = kmend_file_read(machine->paths.settings, LIMIT, &text, &size, error);
	if (!code)
		code = kmend_settings_parse(text, size, ret_settings, error);
	if (code && error && error->status == KMEND_STATUS_USAGE)
		kmend_advise(error, "The file is %s; see kmend.conf(5).", machine->paths.settings);
	return code;
}
