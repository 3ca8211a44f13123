// SPDX-License-Identifier: GPL-2.0
#include "difference.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../base/child.h"
#include "../base/file.h"

#define MARK "diff -rupN "

void difference_clear(struct difference *difference)
{
	for (size_t i = 0; i < difference->count; i++) {
		free(difference->files[i].path);
		free(difference->files[i].text);
		word_set_clear(&difference->files[i].declared);
		word_set_clear(&difference->files[i].used);
		word_set_clear(&difference->files[i].near);
		word_set_clear(&difference->files[i].sees);
	}
	free(difference->files);
	words_clear(&difference->words);
}

bool difference_is_code(const char *path)
{
	static const char *const others[] = {
		"Documentation/", "tools/", "scripts/", "samples/", "debian/", "LICENSES/"
	};

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(others); i++)
		if (kmend_starts_with(path, others[i]))
			return false;
	if (kmend_starts_with(path, "arch/") && !kmend_starts_with(path, "arch/x86/"))
		return false;
	return kmend_ends_with(path, ".c") || kmend_ends_with(path, ".h") || kmend_ends_with(path, ".S");
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Number every name in a piece of a line. */
static void add_names(struct difference *difference, const char *at, const char *end, struct word_set *set)
{
	while (at < end) {
		const char *begin;

		while (at < end && !is_name(*at))
			at++;
		begin = at;
		while (at < end && is_name(*at))
			at++;
		if (at > begin && !isdigit((unsigned char)*begin) && at - begin > 1)
			word_set_add(set, words_number(&difference->words, begin, at - begin));
	}
}

/* The name right before `at`, going back over blanks. */
static void add_name_before(struct difference *difference, const char *line, const char *at, struct word_set *set)
{
	const char *begin;

	while (at > line && (at[-1] == ' ' || at[-1] == '\t'))
		at--;
	begin = at;
	while (begin > line && is_name(begin[-1]))
		begin--;
	if (at - begin > 1 && !isdigit((unsigned char)*begin))
		word_set_add(set, words_number(&difference->words, begin, at - begin));
}

/*
 * What a changed line declares for other files: a macro; what begins at the line's begin and is not static; in a header
 * every member or value, too: a name that a semicolon, comma, bracket or colon follows.
 */
static void add_declared(struct difference *difference, struct file_difference *file, const char *line, const char *end)
{
	bool header = kmend_ends_with(file->path, ".h");
	const char *open;

	if (end - line > 8 && !strncmp(line, "#define ", 8)) {
		const char *stop = line + 8;

		while (stop < end && is_name(*stop))
			stop++;
		add_names(difference, line + 8, stop, &file->declared);
		return;
	}
	open = memchr(line, '(', end - line);
	if (header && open) {
		/* A function; what it takes are names of its own. Statements of inline functions declare nothing. */
		if (is_name(*line))
			add_name_before(difference, line, open, &file->declared);
		return;
	}
	if (header) {
		bool statement = memchr(line, '=', end - line) || memmem(line, end - line, "return", 6);

		for (const char *at = line; at < end && !statement; at++)
			if (strchr(";,[:", *at))
				add_name_before(difference, line, at, &file->declared);
		return;
	}
	if (line >= end || !is_name(*line) || (end - line > 7 && !strncmp(line, "static ", 7)))
		return;
	open = open ? open : memchr(line, '=', end - line);
	open = open ? open : memchr(line, ';', end - line);
	if (open)
		add_name_before(difference, line, open, &file->declared);
}

static void read_lines(struct difference *difference, struct file_difference *file)
{
	const char *end = file->text + file->size;
	bool in_hunk = false;

	for (const char *line = file->text; line < end;) {
		const char *stop = memchr(line, '\n', end - line);

		stop = stop ? stop : end;
		if (stop - line > 2 && !strncmp(line, "@@", 2)) {
			in_hunk = true;
			add_names(difference, line, stop, &file->near);
		} else if (in_hunk && line < stop) {
			add_names(difference, line + 1, stop, &file->near);
			if (*line == '+' || *line == '-') {
				add_names(difference, line + 1, stop, &file->used);
				add_declared(difference, file, line + 1, stop);
			}
		}
		line = stop + 1;
	}
	word_set_sort(&file->declared);
	word_set_sort(&file->used);
	word_set_sort(&file->near);
}

/* One file's part: its heads are written anew, since diff(1) puts the trees' places and times there. */
static void add_file(struct difference *difference, const char *from, const char *text, const char *end)
{
	const char *old = memmem(text, end - text, "\n--- ", 5), *hunks = memmem(text, end - text, "\n@@ ", 4);
	size_t prefix = strlen(from);
	_cleanup_free_ char *path = NULL;
	struct kmend_buffer out = { 0 };
	struct file_difference *file;
	const char *stop;
	bool is_new;

	if (!old || !hunks || hunks < old)
		return;
	old += 5;
	stop = old;
	while (stop < end && *stop != '\t' && *stop != '\n')
		stop++;
	if ((size_t)(stop - old) <= prefix + 1 || strncmp(old, from, prefix) || old[prefix] != '/')
		return;
	path = kmend_strndup(old + prefix + 1, stop - old - prefix - 1);
	if (!plan_path_is_clean(path) || !difference_is_code(path))
		return;
	hunks++;
	is_new = kmend_starts_with(hunks, "@@ -0,0 ");
	if (is_new)
		kmend_buffer_addf(&out, "--- /dev/null\n+++ b/%s\n", path);
	else
		kmend_buffer_addf(&out, "--- a/%s\n+++ %s%s\n", path,
				  memmem(hunks, end - hunks, " +0,0 @@", 8) ? "/dev/null" : "b/",
				  memmem(hunks, end - hunks, " +0,0 @@", 8) ? "" : path);
	kmend_buffer_add(&out, hunks, end - hunks);
	if (out.size && out.data[out.size - 1] != '\n')
		kmend_buffer_add(&out, "\n", 1);
	file = kmend_array_add(difference->files, difference->count);
	file->path = kmend_steal(path);
	file->text = out.data;
	file->size = out.size;
}

static int compare_files(const void *a, const void *b)
{
	const struct file_difference *left = a, *right = b;

	return strcmp(left->path, right->path);
}

void difference_parse(const char *text, size_t size, const char *from, struct difference *difference)
{
	const char *end = text + size;
	size_t mark = strlen(MARK);

	for (const char *at = text; at < end;) {
		const char *next = at;

		while (next < end) {
			const char *line_end = memchr(next, '\n', end - next);

			next = line_end ? line_end + 1 : end;
			if ((size_t)(end - next) > mark && !strncmp(next, MARK, mark))
				break;
		}
		if ((size_t)(end - at) > mark && !strncmp(at, MARK, mark))
			add_file(difference, from, at, next);
		at = next;
	}
	if (difference->count)
		qsort(difference->files, difference->count, sizeof(*difference->files), compare_files);
	for (size_t i = 0; i < difference->count; i++) {
		difference->files[i].piece = i;
		read_lines(difference, &difference->files[i]);
	}
}

int difference_read(const char *from, const char *to, struct difference *difference, struct kmend_error *error)
{
	static const char *const environment[] = { "LC_ALL=C", NULL };
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	struct kmend_child child = {
		.argv = (const char *const[]){ "diff", "-rupN", "-x", "Documentation", "-x", "debian", from, to, NULL },
		.environment = environment,
		.output = &output,
	};
	int status = kmend_child_run(&child, error);

	if (status < 0)
		return status;
	if (status > 1)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "cannot compare %s with %s", from, to);
	difference_parse(output.data ? output.data : "", output.size, from, difference);
	return 0;
}

/* Pieces are named by their first file, so joining two renames one of them throughout. */
void difference_join(struct difference *difference, size_t a, size_t b)
{
	size_t left = difference->files[a].piece, right = difference->files[b].piece;
	size_t first = left < right ? left : right, last = left < right ? right : left;

	for (size_t i = last; first != last && i < difference->count; i++)
		if (difference->files[i].piece == last)
			difference->files[i].piece = first;
}

void difference_tie(struct difference *difference)
{
	struct {
		size_t *files;
		size_t count;
	} *users = kmend_calloc(difference->words.count + 1, sizeof(*users));

	for (size_t i = 0; i < difference->count; i++)
		for (size_t j = 0; j < difference->files[i].used.count; j++) {
			typeof(users) user = &users[difference->files[i].used.numbers[j]];

			*kmend_array_add(user->files, user->count) = i;
		}
	for (size_t i = 0; i < difference->count; i++)
		for (size_t j = 0; j < difference->files[i].declared.count; j++) {
			typeof(users) user = &users[difference->files[i].declared.numbers[j]];

			for (size_t k = 0; k < user->count; k++)
				if (user->files[k] != i && difference_sees(difference, user->files[k], i))
					difference_join(difference, i, user->files[k]);
		}
	for (size_t i = 0; i < difference->words.count; i++)
		free(users[i].files);
	free(users);
}

size_t difference_find(const struct difference *difference, const char *path)
{
	struct file_difference key = { .path = (char *)path };
	const struct file_difference *found =
		difference->count ? bsearch(&key, difference->files, difference->count, sizeof(key), compare_files)
				  : NULL;

	return found ? (size_t)(found - difference->files) : SIZE_MAX;
}
