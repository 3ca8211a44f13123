// SPDX-License-Identifier: GPL-2.0
/* Text of unknown origin, made into the folded lines of a control field (Debian Policy 5.6.13). */
#include <string.h>

#include "package.h"

#define COLUMNS 78

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static void add_word(struct kmend_buffer *buffer, const char *word, size_t size, size_t *column)
{
	if (*column && *column + 1 + size > COLUMNS) {
		kmend_buffer_addf(buffer, "\n");
		*column = 0;
	}
	/* A line that begins with a full stop is reserved; two blanks make it verbatim. */
	kmend_buffer_addf(buffer, "%s", *column ? " " : word[0] == '.' ? "  " : " ");
	*column += 1 + size;
	for (size_t i = 0; i < size; i++) {
		char c = (unsigned char)word[i] < ' ' || word[i] == 0x7f ? '?' : word[i];

		kmend_buffer_add(buffer, &c, 1);
	}
}

void kmend_text_fold(struct kmend_buffer *buffer, const char *text)
{
	bool paragraph = false, pending = false;
	size_t column = 0, newlines = 0;

	while (*text) {
		size_t size = 0;

		if (*text == '\n') {
			newlines++;
			text++;
			continue;
		}
		if (is_blank(*text)) {
			text++;
			continue;
		}
		while (text[size] && text[size] != '\n' && !is_blank(text[size]))
			size++;
		pending = newlines > 1 && paragraph;
		newlines = 0;
		if (pending) {
			kmend_buffer_addf(buffer, "\n .\n");
			column = 0;
		}
		add_word(buffer, text, size, &column);
		paragraph = true;
		text += size;
	}
	if (paragraph)
		kmend_buffer_addf(buffer, "\n");
}
