// SPDX-License-Identifier: GPL-2.0
/*
 * Types that code reaches by casts alone, like what lies in the control buffer of an skb: no variable and no member leads to
 * one, so debug information does not tell of them. The compiler's own text of what it read does (gcc's "original" dump): by
 * then sizes and offsets are numbers, so whoever only asks for those does not mention the type any more.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "types.h"

#define TEXT_LIMIT (256 << 20)

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$';
}

static const char *behind_word(const char *at)
{
	while (is_word(*at))
		at++;
	return at;
}

/* Behind blanks, dimensions and qualifiers: where a pointer's star would be. */
static const char *behind_qualifiers(const char *at)
{
	for (;;) {
		const char *end = behind_word(at);
		size_t size = end - at;

		if (isspace((unsigned char)*at))
			at++;
		else if (*at == '[' && strchr(at, ']'))
			at = strchr(at, ']') + 1;
		else if ((size == 5 && !memcmp(at, "const", size)) || (size == 8 && !memcmp(at, "volatile", size)) ||
			 (size == 8 && !memcmp(at, "restrict", size)))
			at = end;
		else
			return at;
	}
}

/* "*) &NAME", and no part of NAME: whose address is it? NULL: no such thing. */
static const char *address_of(const char *star, size_t *ret_size)
{
	const char *at = star + 1, *end;

	if (strncmp(at, ") &", 3) != 0)
		return NULL;
	at += 3;
	end = behind_word(at);
	if (end == at || *end == '.' || *end == '[' || (*end == '-' && end[1] == '>'))
		return NULL;
	*ret_size = end - at;
	return at;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void drop_repeated(struct kmend_strv *list)
{
	size_t count = 0;

	if (!list->count)
		return;
	qsort(list->items, list->count, sizeof(*list->items), compare_texts);
	for (size_t i = 1; i < list->count; i++) {
		if (!strcmp(list->items[i], list->items[count]))
			free(list->items[i]);
		else
			list->items[++count] = list->items[i];
	}
	for (size_t i = ++count; i < list->count; i++)
		list->items[i] = NULL;
	list->count = count;
}

void kmend_casts_find(const char *text, struct kmend_strv *casts)
{
	for (const char *at = text; *at;) {
		const char *name, *end, *star, *variable;
		size_t size = 0;

		if (!is_word(*at)) {
			at++;
			continue;
		}
		end = behind_word(at);
		size = end - at;
		name = end + 1;
		if (*end != ' ' || !is_word(*name) ||
		    ((size != 6 || memcmp(at, "struct", size)) && (size != 5 || memcmp(at, "union", size)))) {
			at = end;
			continue;
		}
		at = behind_word(name);
		star = behind_qualifiers(at);
		if (*star != '*')
			continue;
		variable = address_of(star, &size);
		kmend_strv_addf(casts, "%.*s%s%.*s", (int)(at - name), name, variable ? " " : "",
				variable ? (int)size : 0, variable ? variable : "");
	}
	drop_repeated(casts);
}

char *kmend_casts_text(const struct kmend_strv *casts)
{
	struct kmend_buffer text = { 0 };

	kmend_buffer_add(&text, "", 0);
	for (size_t i = 0; i < casts->count; i++) {
		const char *cast = casts->items[i];
		size_t size = strcspn(cast, " ");

		kmend_buffer_addf(&text, cast[size] ? "struct %.*s *) &%s\n" : "struct %.*s *%s\n", (int)size, cast,
				  cast + size + !!cast[size]);
	}
	return text.data;
}

int kmend_casts_read(const char *path, struct kmend_strv *casts, struct kmend_error *error)
{
	_cleanup_free_ char *text = NULL, *said = NULL;
	size_t size;
	int r = kmend_file_read(path, TEXT_LIMIT, &text, &size, error);

	if (r)
		return r;
	kmend_casts_find(text, casts);
	/* The compiler's text has megabytes. Where it cannot be replaced, it stays as long as it is. */
	said = kmend_casts_text(casts);
	if (strlen(said) < size)
		kmend_file_write_atomic(path, said, strlen(said), 0644, NULL);
	return 0;
}
