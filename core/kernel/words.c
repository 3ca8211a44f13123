// SPDX-License-Identifier: GPL-2.0
/* Shell words, as far as saved kbuild commands use them. */
#include <errno.h>
#include <string.h>

#include "kbuild.h"

/* Outside quotes these mean more than themselves, so a command with one cannot be run without a shell. */
#define NEEDS_SHELL "$`|&<>()*?~#\n"

struct splitter {
	struct kmend_strv *commands;
	size_t count;
	struct kmend_buffer word;
	bool in_word;
};

static void end_word(struct splitter *splitter)
{
	if (!splitter->in_word)
		return;
	kmend_buffer_add(&splitter->word, "", 0);
	kmend_strv_add(&splitter->commands[splitter->count - 1], splitter->word.data);
	splitter->word.size = 0;
	splitter->in_word = false;
}

static void begin_command(struct splitter *splitter)
{
	if (!splitter->count || splitter->commands[splitter->count - 1].count)
		kmend_array_add(splitter->commands, splitter->count);
}

static void add_character(struct splitter *splitter, char character)
{
	kmend_buffer_add(&splitter->word, &character, 1);
	splitter->in_word = true;
}

/* Read a quoted stretch; text is behind the opening quote. Returns behind the closing one, or NULL. */
static const char *quoted(struct splitter *splitter, const char *text, char quote)
{
	splitter->in_word = true;
	for (; *text != quote; text++) {
		if (!*text || (quote == '"' && (*text == '$' || *text == '`')))
			return NULL;
		if (quote == '"' && *text == '\\' && text[1] && strchr("\"\\$`", text[1]))
			text++;
		add_character(splitter, *text);
	}
	return text + 1;
}

static int split(struct splitter *splitter, const char *text)
{
	begin_command(splitter);
	while (*text) {
		char character = *text++;

		if (character == ' ' || character == '\t') {
			end_word(splitter);
		} else if (character == ';') {
			end_word(splitter);
			begin_command(splitter);
		} else if (character == '\'' || character == '"') {
			text = quoted(splitter, text, character);
			if (!text)
				return -EINVAL;
		} else if (character == '\\' && *text && *text != '\n') {
			add_character(splitter, *text++);
		} else if (character == '\\' || strchr(NEEDS_SHELL, character)) {
			return -EINVAL;
		} else {
			add_character(splitter, character);
		}
	}
	end_word(splitter);
	return 0;
}

void kmend_words_free(struct kmend_strv *commands, size_t count)
{
	for (size_t i = 0; i < count; i++)
		kmend_strv_free(&commands[i]);
	free(commands);
}

int kmend_words_split(const char *text, struct kmend_strv **ret_commands, size_t *ret_count)
{
	struct splitter splitter = { 0 };
	int code = split(&splitter, text);

	kmend_buffer_free(&splitter.word);
	while (splitter.count && !splitter.commands[splitter.count - 1].count)
		kmend_strv_free(&splitter.commands[--splitter.count]);
	if (code) {
		kmend_words_free(splitter.commands, splitter.count);
		return code;
	}
	*ret_commands = splitter.commands;
	*ret_count = splitter.count;
	return 0;
}
