// SPDX-License-Identifier: GPL-2.0
/*
 * Keeping line numbers: an inserted line would shift __LINE__ in all code behind it (WARN_ON, ASSERT_RTNL …), and so
 * functions would look changed that are not.
 */
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

char *kmend_realign(const char *post, const struct kmend_hunk *hunks, size_t nr_hunks, const char *name)
{
	struct kmend_buffer text = { 0 };
	struct place place = { 0 };
	long shift = 0, said = 0; /* pre number - post number: wanted, and in effect */
	size_t hunk = 0, number = 1;

	kmend_buffer_addf(&text, "#line 1 \"%s\"\n", name);
	for (const char *line = post; *line; number++) {
		size_t length = strcspn(line, "\n");
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
		if (!inside && shift != said && is_between_statements(&place)) {
			kmend_buffer_addf(&text, "#line %ld\n", (long)number + shift);
			said = shift;
		}
		read_line(&place, line, length);
		kmend_buffer_add(&text, line, length + (line[length] == '\n'));
		line += length + (line[length] == '\n');
	}
	return text.data;
}
