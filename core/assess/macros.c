// SPDX-License-Identifier: GPL-2.0
/*
 * Macros that stand for numbers. No debug information tells of them, so the texts before and after are compared. A limit or a
 * time that is another one is what many fixes are about; but where a name's old number is another name's now, numbers were
 * dealt anew, and whoever has stored one (flags, states) has stored what means something else to the new code.
 */
#include <ctype.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "internal.h"
#include "layout.h"

#define SOURCE_LIMIT (32 << 20)

struct macro {
	char *name;
	uint64_t number;
	unsigned int line;
	bool is_twice; /* depends on the configuration, so nobody knows here */
};

struct macros {
	struct macro *macros; /* sorted by name */
	size_t count;
};

static void macros_free(struct macros *macros)
{
	for (size_t i = 0; i < macros->count; i++)
		free(macros->macros[i].name);
	free(macros->macros);
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && isspace((unsigned char)*at))
		at++;
	return at;
}

/* "0x10", "16UL"; behind it, or NULL: it is none. */
static const char *read_literal(const char *at, const char *end, uint64_t *ret_number)
{
	char *behind;

	if (at == end || !isdigit((unsigned char)*at))
		return NULL;
	*ret_number = strtoull(at, &behind, 0);
	while (behind < end && strchr("uUlL", *behind))
		behind++;
	return behind <= end ? behind : NULL;
}

/* A literal, one shifted, or BIT(literal), in any parentheses: what flags and states are written as. */
static bool read_number(const char *at, const char *end, uint64_t *ret_number)
{
	static const char *const bits[] = { "BIT(", "BIT_ULL(", "_BITUL(", "_BITULL(" };
	uint64_t shift = 0;

	at = skip_blanks(at, end);
	while (end > at && isspace((unsigned char)end[-1]))
		end--;
	if (end - at > 2 && *at == '(' && end[-1] == ')')
		return read_number(at + 1, end - 1, ret_number);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(bits); i++)
		if (kmend_starts_with(at, bits[i]) && end[-1] == ')') {
			at = read_literal(skip_blanks(at + strlen(bits[i]), end), end, &shift);
			*ret_number = 1ull << (shift & 63);
			return at && skip_blanks(at, end) == end - 1;
		}
	at = read_literal(at, end, ret_number);
	if (!at)
		return false;
	at = skip_blanks(at, end);
	if (at == end)
		return true;
	if (end - at < 3 || at[0] != '<' || at[1] != '<')
		return false;
	at = read_literal(skip_blanks(at + 2, end), end, &shift);
	*ret_number <<= shift & 63;
	return at == end;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct macro *)a)->name, ((const struct macro *)b)->name);
}

static void sort(struct macros *macros)
{
	size_t kept = 0;

	if (macros->count)
		qsort(macros->macros, macros->count, sizeof(*macros->macros), compare_names);
	for (size_t i = 0; i < macros->count; i++) {
		if (kept && !strcmp(macros->macros[kept - 1].name, macros->macros[i].name)) {
			macros->macros[kept - 1].is_twice = true;
			free(macros->macros[i].name);
		} else {
			macros->macros[kept++] = macros->macros[i];
		}
	}
	macros->count = kept;
}

/* One without parameters that stands for a number: "#define NAME NUMBER". */
static void read_macro(const char *at, size_t size, unsigned int line, void *context)
{
	struct macros *macros = context;
	const char *end = at + size, *name, *behind, *comment;
	uint64_t number;

	at = skip_blanks(at + 1, end);
	if (!kmend_starts_with(at, "define") || !isspace((unsigned char)at[6]))
		return;
	name = skip_blanks(at + 6, end);
	for (behind = name; behind < end && (isalnum((unsigned char)*behind) || *behind == '_'); behind++)
		;
	for (comment = behind; comment < end && (comment[0] != '/' || !strchr("/*", comment[1])); comment++)
		;
	if (behind == name || *behind == '(' || !read_number(behind, comment, &number))
		return;
	*kmend_array_add(macros->macros, macros->count) =
		(struct macro){ kmend_strndup(name, behind - name), number, line, false };
}

static struct macros read_macros(const char *text)
{
	struct macros macros = { 0 };

	source_each_directive(text, read_macro, &macros);
	sort(&macros);
	return macros;
}

static const struct macro *find(const struct macros *macros, const char *name)
{
	const struct macro key = { .name = (char *)name };

	return macros->count ? bsearch(&key, macros->macros, macros->count, sizeof(key), compare_names) : NULL;
}

/* Names of one set begin alike: "PG_locked", "PG_dirty". */
static bool are_of_one_set(const char *a, const char *b)
{
	size_t length = strcspn(a, "_");

	return a[length] && length == strcspn(b, "_") && !strncmp(a, b, length);
}

/* One of a macro's set that stands for a number, from *at on, which is moved behind it; NULL: there is none. */
static const struct macro *next_of_set(const struct macros *macros, const struct macro *of, uint64_t number, size_t *at)
{
	while (*at < macros->count) {
		const struct macro *macro = &macros->macros[(*at)++];

		if (macro->number == number && !macro->is_twice && strcmp(macro->name, of->name) &&
		    are_of_one_set(macro->name, of->name) && !kmend_value_name_counts(macro->name))
			return macro;
	}
	return NULL;
}

/* Is a number that one of the set had in `pre` one of a name that is no more? */
static bool was_freed(const struct macros *pre, const struct macros *post, const struct macro *of, uint64_t number)
{
	const struct macro *before;
	size_t at = 0;

	while ((before = next_of_set(pre, of, number, &at)))
		if (!find(post, before->name))
			return true;
	return false;
}

/*
 * What has the number now that a macro had before, and had it not then. Numbers that only all became larger were not dealt
 * anew: there is a new name among them, one is no more, or they changed places.
 */
static const struct macro *find_heir(const struct macros *pre, const struct macros *post, const struct macro *before,
				     const struct macro *now)
{
	const struct macro *heir;
	size_t at = 0;

	while ((heir = next_of_set(post, before, before->number, &at))) {
		const struct macro *then = find(pre, heir->name);
		size_t from = 0;

		if (!then)
			return heir;
		if (!then->is_twice && then->number != before->number &&
		    (next_of_set(post, heir, then->number, &from) || was_freed(pre, post, before, now->number)))
			return heir;
	}
	return NULL;
}

char *macros_difference(const char *pre_text, const char *post_text, char **ret_name, unsigned int *ret_line)
{
	__attribute__((cleanup(macros_free))) struct macros pre = read_macros(pre_text);
	__attribute__((cleanup(macros_free))) struct macros post = read_macros(post_text);
	const struct macro *first = NULL, *first_now = NULL, *first_heir = NULL;

	for (size_t i = 0; i < pre.count; i++) {
		const struct macro *before = &pre.macros[i], *now = find(&post, before->name), *heir;

		if (!now || now->is_twice || before->is_twice || now->number == before->number ||
		    kmend_value_name_counts(before->name))
			continue;
		heir = find_heir(&pre, &post, before, now);
		if (!heir || (first_now && first_now->line < now->line))
			continue;
		first = before;
		first_now = now;
		first_heir = heir;
	}
	if (!first)
		return NULL;
	*ret_name = kmend_strdup(first->name);
	*ret_line = first_now->line;
	return kmend_format("%s was %#llx and is %#llx, and %s is %#llx now", first->name,
			    (unsigned long long)first->number, (unsigned long long)first_now->number, first_heir->name,
			    (unsigned long long)first_heir->number);
}

void macros_judge(const struct kmend_assess_input *input, struct facts *facts)
{
	char *const roots[] = { input->changes ? input->changes->plain : NULL, NULL };
	FTS *walk = roots[0] ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
	FTSENT *entry;

	while (walk && (entry = fts_read(walk))) {
		const char *path = entry->fts_path + strlen(roots[0]) + 1;
		_cleanup_free_ char *from = NULL, *pre = NULL, *post = NULL, *name = NULL, *difference = NULL;
		const struct kmend_change_set *before;
		unsigned int line;

		if (entry->fts_info != FTS_F ||
		    (!kmend_ends_with(entry->fts_name, ".h") && !kmend_ends_with(entry->fts_name, ".c")))
			continue;
		before = kmend_change_set_holder(input->changes->before, path);
		from = kmend_path(before ? before->plain : input->tree->source, path);
		/* A file that is new has nothing that was stored. */
		if (!kmend_file_read(from, SOURCE_LIMIT, &pre, NULL, NULL) &&
		    !kmend_file_read(entry->fts_path, SOURCE_LIMIT, &post, NULL, NULL))
			difference = macros_difference(pre, post, &name, &line);
		if (difference)
			fact_add(facts, "values-moved", path, name, line,
				 "%s: %s. What the running kernel has stored means something else to the new code",
				 path, difference);
	}
	if (walk)
		fts_close(walk);
}
