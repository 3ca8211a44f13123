// SPDX-License-Identifier: GPL-2.0
#include "patch.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define MAX_NAME 4096
#define MAX_LINES 10000000ul
#define MARK "\xef\xbb\xbf"

struct parser {
	const char *text;
	size_t size;
	size_t position;    /* of the next line */
	size_t line_number; /* of the current line, for messages */
	const char *line;   /* current line, not NUL-terminated */
	size_t length;	    /* without the newline */
	struct kmend_patch *patch;
	struct kmend_error *error;
	const char *git_names; /* behind the last "diff --git " */
	size_t git_length;
	bool renamed; /* in this git block */
	bool mode;    /* some file's mode changes */
};

void kmend_patch_free(struct kmend_patch *patch)
{
	if (!patch)
		return;
	for (size_t i = 0; i < patch->nr_files; i++) {
		free(patch->files[i].old_name);
		free(patch->files[i].new_name);
		free(patch->files[i].hunks);
	}
	free(patch->files);
	free(patch);
}

static int damaged(struct parser *parser, const char *what)
{
	return kmend_fail(parser->error, KMEND_STATUS_DIFF_NOT_APPLICABLE, -EINVAL,
			  "the diff is damaged at line %zu: %s", parser->line_number, what);
}

static bool next_line(struct parser *parser)
{
	const char *end;

	if (parser->position >= parser->size)
		return false;
	parser->line = parser->text + parser->position;
	end = memchr(parser->line, '\n', parser->size - parser->position);
	parser->length = end ? (size_t)(end - parser->line) : parser->size - parser->position;
	parser->position += parser->length + (end != NULL);
	parser->line_number++;
	return true;
}

static bool line_starts(const struct parser *parser, const char *prefix)
{
	size_t length = strlen(prefix);

	return parser->length >= length && !memcmp(parser->line, prefix, length);
}

/* Does the line behind the current one start so? */
static bool following_starts(const struct parser *parser, const char *prefix)
{
	size_t length = strlen(prefix);

	return parser->size - parser->position >= length && !memcmp(parser->text + parser->position, prefix, length);
}

/* The name behind "--- " or the like: up to a tab (a timestamp follows) or the line's end. */
static char *name_behind(const struct parser *parser, size_t skip)
{
	const char *begin = parser->line + skip;
	size_t length = parser->length - skip;
	const char *tab = memchr(begin, '\t', length);

	if (tab)
		length = tab - begin;
	while (length && (begin[length - 1] == '\r' || begin[length - 1] == ' '))
		length--;
	return kmend_strndup(begin, length);
}

static struct kmend_patch_file *last_file(struct parser *parser)
{
	return &parser->patch->files[parser->patch->nr_files - 1];
}

static bool read_number(const char **at, const char *end, size_t *ret_number)
{
	size_t number = 0;
	const char *begin = *at;

	while (*at < end && isdigit((unsigned char)**at) && number <= MAX_LINES)
		number = number * 10 + (*(*at)++ - '0');
	*ret_number = number;
	return *at > begin && number <= MAX_LINES;
}

/* "12,3" or "12", which means one line. */
static bool read_range(const char **at, const char *end, size_t *ret_start, size_t *ret_count)
{
	if (!read_number(at, end, ret_start))
		return false;
	*ret_count = 1;
	if (*at < end && **at == ',') {
		(*at)++;
		return read_number(at, end, ret_count);
	}
	return true;
}

static bool read_expected(const char **at, const char *end, const char *text)
{
	size_t length = strlen(text);

	if ((size_t)(end - *at) < length || memcmp(*at, text, length))
		return false;
	*at += length;
	return true;
}

static int parse_hunk_body(struct parser *parser, const struct kmend_hunk *hunk)
{
	size_t old_left = hunk->old_count, new_left = hunk->new_count;

	while (old_left || new_left) {
		char kind;

		if (!next_line(parser))
			return damaged(parser, "it ends in the middle of a hunk");
		kind = parser->length ? parser->line[0] : ' '; /* mailers strip the blank of an empty line */
		if (kind == '\\')
			continue;
		if ((kind == ' ' || kind == '\t' || kind == '\r') && old_left && new_left) {
			old_left--;
			new_left--;
		} else if (kind == '-' && old_left) {
			old_left--;
		} else if (kind == '+' && new_left) {
			new_left--;
		} else {
			return damaged(parser, "the hunk has other lines than its head says");
		}
	}
	/* "\ No newline at end of file" belongs to the hunk. */
	if (following_starts(parser, "\\"))
		next_line(parser);
	return 0;
}

static int parse_hunk(struct parser *parser, struct kmend_patch_file *file)
{
	struct kmend_hunk *hunk = kmend_array_add(file->hunks, file->nr_hunks);
	const char *at = parser->line, *end = parser->line + parser->length;

	if (!read_expected(&at, end, "@@ -") || !read_range(&at, end, &hunk->old_start, &hunk->old_count) ||
	    !read_expected(&at, end, " +") || !read_range(&at, end, &hunk->new_start, &hunk->new_count) ||
	    !read_expected(&at, end, " @@"))
		return damaged(parser, "not the head of a hunk");
	return parse_hunk_body(parser, hunk);
}

/* At "--- NAME": the names and all hunks. */
static int parse_file(struct parser *parser)
{
	struct kmend_patch_file *file = kmend_array_add(parser->patch->files, parser->patch->nr_files);
	int code = 0;

	file->old_name = name_behind(parser, 4);
	next_line(parser);
	file->new_name = name_behind(parser, 4);
	if (!file->old_name[0] || !file->new_name[0] || strlen(file->old_name) > MAX_NAME ||
	    strlen(file->new_name) > MAX_NAME || file->old_name[0] == '"' || file->new_name[0] == '"')
		return damaged(parser, "a file's name is empty, quoted or too long");
	file->is_new = !strcmp(file->old_name, "/dev/null");
	file->is_deleted = !strcmp(file->new_name, "/dev/null");
	file->is_renamed = parser->renamed;
	if (file->is_new && file->is_deleted)
		return damaged(parser, "a file has no name on either side");
	file->body = parser->position;
	while (!code && following_starts(parser, "@@ -")) {
		next_line(parser);
		code = parse_hunk(parser, file);
	}
	file->body_size = parser->position - file->body;
	if (!code && !file->nr_hunks)
		return damaged(parser, "a file has no hunks");
	return code;
}

/* "a/NAME b/NAME", as behind "diff --git ", or two names with something between them: where the second name begins. */
static const char *second_name(const char *names, size_t length, const char *between)
{
	size_t width = strlen(between);

	/* Names may have blanks; but where nothing was renamed, both sides are as long. */
	if (length > width && !((length - width) % 2) && !memcmp(names + (length - width) / 2, between, width))
		return names + (length - width) / 2 + width;
	for (size_t i = 0; i + width < length; i++)
		if (!memcmp(names + i, between, width))
			return names + i + width;
	return NULL;
}

/* A binary file's two names. They are where a line says them that has nothing else in it. */
static void name_binary(struct parser *parser, struct kmend_patch_file *file)
{
	static const char word[] = "Binary files ", tail[] = " differ";
	const char *names = parser->git_names, *between = " ", *second;
	size_t length = parser->git_length;

	if (line_starts(parser, word)) {
		names = parser->line + strlen(word);
		length = parser->length - strlen(word);
		while (length && (names[length - 1] == '\r' || names[length - 1] == ' '))
			length--;
		if (length > strlen(tail) && !memcmp(names + length - strlen(tail), tail, strlen(tail)))
			length -= strlen(tail);
		between = " and ";
	}
	second = second_name(names, length, between);
	if (second) {
		file->old_name = kmend_strndup(names, second - names - strlen(between));
		file->new_name = kmend_strndup(second, names + length - second);
	} else {
		file->new_name = kmend_strndup(parser->line, parser->length);
		file->old_name = kmend_strdup(file->new_name);
	}
	file->is_new = !strcmp(file->old_name, "/dev/null");
	file->is_deleted = !strcmp(file->new_name, "/dev/null");
}

/* Changes that git writes without "---" lines. */
static void parse_git_line(struct parser *parser)
{
	static const struct {
		const char *start;
		bool renamed, binary;
	} kinds[] = {
		{ "rename to ", true, false },
		{ "copy to ", true, false },
		{ "GIT binary patch", false, true },
		{ "Binary files ", false, true },
	};

	if (line_starts(parser, "diff --git ")) {
		parser->renamed = false;
		parser->git_names = parser->line + strlen("diff --git ");
		parser->git_length = parser->length - strlen("diff --git ");
	}
	parser->mode |= line_starts(parser, "new mode ");
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(kinds); i++) {
		struct kmend_patch_file *file;

		if (!line_starts(parser, kinds[i].start))
			continue;
		file = kmend_array_add(parser->patch->files, parser->patch->nr_files);
		if (kinds[i].binary) {
			name_binary(parser, file);
		} else {
			file->new_name = name_behind(parser, strlen(kinds[i].start));
			file->old_name = kmend_strdup(file->new_name);
		}
		file->is_renamed = kinds[i].renamed;
		file->is_binary = kinds[i].binary;
		parser->renamed |= kinds[i].renamed;
	}
}

static int parse(struct parser *parser)
{
	int code = 0;

	while (!code && next_line(parser)) {
		if (line_starts(parser, "--- ") && following_starts(parser, "+++ ")) {
			code = parse_file(parser);
			/* A renamed file with hunks is one file. */
			if (!code && last_file(parser)->is_renamed && parser->patch->nr_files > 1 &&
			    !last_file(parser)[-1].nr_hunks && last_file(parser)[-1].is_renamed) {
				struct kmend_patch_file *before = last_file(parser) - 1;

				free(before->old_name);
				free(before->new_name);
				*before = *last_file(parser);
				parser->patch->nr_files--;
			}
		} else if (line_starts(parser, "@@ -")) {
			code = damaged(parser, "a hunk belongs to no file");
		} else {
			parse_git_line(parser);
		}
	}
	return code;
}

int kmend_patch_parse(const char *text, size_t size, struct kmend_patch **ret_patch, struct kmend_error *error)
{
	_cleanup_patch_ struct kmend_patch *patch = kmend_calloc(1, sizeof(*patch));
	struct parser parser = { .text = text, .size = size, .patch = patch, .error = error };
	int code;

	if (memchr(text, '\0', size)) {
		kmend_fail(error, KMEND_STATUS_DIFF_NOT_APPLICABLE, -EINVAL, "the diff holds binary data");
		kmend_advise(
			error,
			"If it is in UTF-16, make it UTF-8: iconv -f UTF-16 -t UTF-8. If it is compressed, unpack it.");
		return -EINVAL;
	}
	/* What some editors put before UTF-8. */
	if (size >= strlen(MARK) && !memcmp(text, MARK, strlen(MARK)))
		parser.position = strlen(MARK);
	code = parse(&parser);
	if (code)
		return code;
	if (!patch->nr_files && parser.mode)
		return kmend_fail(error, KMEND_STATUS_NO_CHANGE, -EINVAL, "the diff changes only files' modes");
	if (!patch->nr_files) {
		kmend_fail(error, KMEND_STATUS_DIFF_NOT_APPLICABLE, -EINVAL, "the file holds no unified diff");
		kmend_advise(error, "Make one with 'diff -u' or 'git diff'.");
		return -EINVAL;
	}
	*ret_patch = kmend_steal(patch);
	return 0;
}

/* Does the line of a file's name, "+++ b/net/unix/af_unix.c", end with a carriage return? */
static bool names_have_returns(const char *text, size_t size)
{
	struct parser parser = { .text = text, .size = size };

	while (next_line(&parser))
		if (line_starts(&parser, "--- ") && following_starts(&parser, "+++ ") && next_line(&parser))
			return parser.line[parser.length - 1] == '\r';
	return false;
}

void kmend_patch_drop_returns(char *text, size_t *size)
{
	size_t length = 0;

	if (!names_have_returns(text, *size))
		return;
	for (size_t i = 0; i < *size; i++)
		if (text[i] != '\r' || i + 1 == *size || text[i + 1] != '\n')
			text[length++] = text[i];
	text[length] = '\0';
	*size = length;
}

const char *kmend_patch_strip(const char *name, unsigned int strip)
{
	for (; strip; strip--) {
		name = strchr(name, '/');
		if (!name)
			return NULL;
		while (*name == '/')
			name++;
	}
	return *name ? name : NULL;
}

bool kmend_patch_path_is_safe(const char *path)
{
	for (const char *part = path;;) {
		size_t length = strcspn(part, "/");

		if (!length || (length == 1 && part[0] == '.') || (length == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		for (size_t i = 0; i < length; i++)
			if ((unsigned char)part[i] < ' ' || part[i] == 0x7f)
				return false;
		if (!part[length])
			return strlen(path) < MAX_NAME;
		part += length + 1;
	}
}
