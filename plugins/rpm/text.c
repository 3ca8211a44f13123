// SPDX-License-Identifier: GPL-2.0
/* Text of unknown origin in a spec file: rpmbuild would expand macros in it, and take some lines for its own. */
#include <string.h>

#include "spec.h"

#define COLUMNS 76

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* How many bytes a valid UTF-8 character at `text` has; 0: it is none (RFC 3629, no overlong forms or surrogates). */
static size_t character_size(const char *text, size_t left)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t size = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : c[0] < 0xf5 ? 4 : 0;

	if (size > left)
		return 0;
	for (size_t i = 1; i < size; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) || (c[0] == 0xf0 && c[1] < 0x90) ||
	    (c[0] == 0xf4 && c[1] > 0x8f))
		return 0;
	return size;
}

/*
 * rpmbuild expands macros first and looks for sections and conditions at the beginning of the lines that come out, so
 * a doubled sign there would not do: such a word is put behind a dash.
 */
static void add_word(struct kmend_buffer *buffer, const char *word, size_t size, size_t *column)
{
	bool first = !*column || *column + 1 + size > COLUMNS;

	if (*column)
		kmend_buffer_addf(buffer, "%s", first ? "\n" : " ");
	if (first)
		*column = 0;
	if (first && (*word == '%' || *word == '#'))
		kmend_buffer_addf(buffer, "- ");
	*column += size + 1;
	for (size_t i = 0, step; i < size; i += step ? step : 1) {
		step = character_size(word + i, size - i);
		if (!step || (unsigned char)word[i] < ' ' || word[i] == 0x7f)
			kmend_buffer_addf(buffer, "?");
		else if (word[i] == '%')
			kmend_buffer_addf(buffer, "%%%%");
		else if (word[i] == '\\' && i + 1 == size) /* would join lines */
			kmend_buffer_addf(buffer, "/");
		else
			kmend_buffer_add(buffer, word + i, step);
	}
}

void kmend_spec_fold(struct kmend_buffer *buffer, const char *text)
{
	size_t column = 0, newlines = 0;
	bool paragraph = false;

	while (*text) {
		size_t size = 0;

		if (*text == '\n' || is_blank(*text)) {
			newlines += *text++ == '\n';
			continue;
		}
		while (text[size] && text[size] != '\n' && !is_blank(text[size]))
			size++;
		if (newlines > 1 && paragraph) {
			kmend_buffer_addf(buffer, "\n\n");
			column = 0;
		}
		newlines = 0;
		add_word(buffer, text, size, &column);
		paragraph = true;
		text += size;
	}
	if (paragraph)
		kmend_buffer_addf(buffer, "\n");
}
