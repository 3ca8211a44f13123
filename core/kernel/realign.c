// SPDX-License-Identifier: GPL-2.0
/*
 * Keeping line numbers: an inserted line would shift __LINE__ in all code behind it (WARN_ON, ASSERT_RTNL …), and so
 * functions would look changed that are not.
 */
#include <stdlib.h>
#include <string.h>

#include "patch.h"

/* Where the reader of the post text stands: only between statements may a directive be put in. */
struct place {
	bool in_comment;
	bool continued; /* the line before ends in a backslash */
	char last;	/* last character of code before this line, blanks, comments and directives apart */
};

/* Skip a string or character constant; at its opening quote. Returns the last character of it on this line. */
static size_t skip_quoted(const char *line, size_t at, size_t length)
{
	char quote = line[at];

	for (at++; at < length && line[at] != quote; at++)
		if (line[at] == '\\')
			at++;
	return at;
}

static void read_line(struct place *place, const char *line, size_t length)
{
	size_t first = 0;
	bool directive;

	while (first < length && (line[first] == ' ' || line[first] == '\t'))
		first++;
	directive = !place->in_comment && !place->continued && first < length && line[first] == '#';
	for (size_t i = 0; i < length; i++) {
		if (place->in_comment) {
			if (line[i] == '*' && i + 1 < length && line[i + 1] == '/') {
				place->in_comment = false;
				i++;
			}
		} else if (line[i] == '/' && i + 1 < length && line[i + 1] == '*') {
			place->in_comment = true;
			i++;
		} else if (line[i] == '/' && i + 1 < length && line[i + 1] == '/') {
			break;
		} else if (line[i] == '"' || line[i] == '\'') {
			i = skip_quoted(line, i, length);
			if (!directive)
				place->last = '"';
		} else if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r' && !directive) {
			place->last = line[i];
		}
	}
	place->continued = length && line[length - 1] == '\\';
}

static bool is_between_statements(const struct place *place)
{
	return !place->in_comment && !place->continued && (!place->last || strchr(";{}", place->last));
}

/* The number that each line of a realigned text has: [i] of line i + 1. NULL with other lines than `count`. */
static size_t *numbers_of(const char *aligned, size_t count)
{
	size_t *numbers = kmend_calloc(count + 1, sizeof(*numbers)), number = 1, at = 0;

	for (const char *line = aligned; *line; line = strchrnul(line, '\n'), line += *line == '\n') {
		if (kmend_starts_with(line, "#line ")) {
			number = strtoul(line + strlen("#line "), NULL, 10);
			continue;
		}
		if (at == count)
			break;
		numbers[at++] = number++;
	}
	if (at == count)
		return numbers;
	free(numbers);
	return NULL;
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; *text; text = strchrnul(text, '\n'), text += *text == '\n')
		count++;
	return count;
}

/* How many lines the text before the hunks had. */
static size_t count_before(const char *post, const struct kmend_hunk *hunks, size_t nr_hunks)
{
	size_t count = count_lines(post);

	for (size_t i = 0; i < nr_hunks; i++)
		count += hunks[i].old_count - hunks[i].new_count;
	return count;
}

char *kmend_realign(const char *post, const struct kmend_hunk *hunks, size_t nr_hunks, const char *name,
		    const char *before)
{
	size_t nr_before = before ? count_before(post, hunks, nr_hunks) : 0;
	_cleanup_free_ size_t *numbers = before ? numbers_of(before, nr_before) : NULL;
	struct kmend_buffer text = { 0 };
	struct place place = { 0 };
	long shift = 0; /* line of pre - line of post */
	size_t hunk = 0, number = 1, presumed = 1;

	kmend_buffer_addf(&text, "#line 1 \"%s\"\n", name);
	for (const char *line = post; *line; number++, presumed++) {
		size_t length = strcspn(line, "\n"), wanted;
		bool inside = false;

		for (; hunk < nr_hunks; hunk++) {
			const struct kmend_hunk *h = &hunks[hunk];
			size_t old_next = h->old_start + (h->old_count ? h->old_count : 1);
			size_t new_next = h->new_start + (h->new_count ? h->new_count : 1);

			inside = h->new_count && number >= h->new_start && number < new_next;
			if (number < new_next)
				break;
			shift = (long)old_next - (long)new_next;
		}
		wanted = number + shift;
		if (numbers && wanted >= 1 && wanted <= nr_before)
			wanted = numbers[wanted - 1];
		if (!inside && wanted != presumed && is_between_statements(&place)) {
			kmend_buffer_addf(&text, "#line %zu\n", wanted);
			presumed = wanted;
		}
		read_line(&place, line, length);
		kmend_buffer_add(&text, line, length + (line[length] == '\n'));
		line += length + (line[length] == '\n');
	}
	return text.data;
}
