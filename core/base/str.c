// SPDX-License-Identifier: GPL-2.0
#include "str.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kmend/abi.h>

#include "file.h"

void kmend_oom(void)
{
	fputs("kmend: out of memory\n", stderr);
	_exit(1);
}

void *kmend_calloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size ? size : 1);

	if (!memory)
		kmend_oom();
	return memory;
}

void *kmend_array_grow(void *array, size_t *count, size_t element_size)
{
	char **base = array;
	size_t used = *count;

	/* The room is the next power of two, so it needs no field of its own. */
	if (!(used & (used - 1))) {
		size_t room = used ? used * 2 : 1;
		char *grown = reallocarray(*base, room, element_size);

		if (!grown)
			kmend_oom();
		*base = grown;
	}
	memset(*base + used * element_size, 0, element_size);
	*count = used + 1;
	return *base + used * element_size;
}

void kmend_buffer_add(struct kmend_buffer *buffer, const void *data, size_t size)
{
	if (buffer->size + size + 1 > buffer->room) {
		size_t room = (buffer->size + size + 1) * 2;
		char *grown = realloc(buffer->data, room);

		if (!grown)
			kmend_oom();
		buffer->data = grown;
		buffer->room = room;
	}
	if (size)
		memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
	buffer->data[buffer->size] = '\0';
}

static char *format_args(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		kmend_oom();
	return text;
}

void kmend_buffer_addf(struct kmend_buffer *buffer, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;

	va_start(args, format);
	text = format_args(format, args);
	va_end(args);
	kmend_buffer_add(buffer, text, strlen(text));
}

void kmend_buffer_free(struct kmend_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct kmend_buffer){ 0 };
}

static void strv_take(struct kmend_strv *list, char *item)
{
	list->items = reallocarray(list->items, list->count + 2, sizeof(char *));
	if (!list->items)
		kmend_oom();
	list->items[list->count++] = item;
	list->items[list->count] = NULL;
}

void kmend_strv_add(struct kmend_strv *list, const char *item)
{
	strv_take(list, kmend_strdup(item));
}

void kmend_strv_addf(struct kmend_strv *list, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strv_take(list, format_args(format, args));
	va_end(args);
}

bool kmend_strv_has(const struct kmend_strv *list, const char *item)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i], item))
			return true;
	return false;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void kmend_strv_sort(struct kmend_strv *list)
{
	if (list->count)
		qsort(list->items, list->count, sizeof(char *), compare_strings);
}

void kmend_strv_free(struct kmend_strv *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct kmend_strv){ 0 };
}

char *kmend_format(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = format_args(format, args);
	va_end(args);
	return text;
}

char *kmend_strdup(const char *text)
{
	return kmend_strndup(text, strlen(text));
}

char *kmend_strndup(const char *text, size_t size)
{
	char *copy = strndup(text, size);

	if (!copy)
		kmend_oom();
	return copy;
}

bool kmend_starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

bool kmend_ends_with(const char *text, const char *suffix)
{
	size_t length = strlen(text), tail = strlen(suffix);

	return length >= tail && !strcmp(text + length - tail, suffix);
}

char *kmend_debian_version(const char *uname)
{
	static const char before[] = " Debian ";
	const char *begin = strstr(uname, before);

	if (!begin)
		return NULL;
	begin += strlen(before);
	return kmend_strndup(begin, strcspn(begin, " "));
}

bool kmend_id_is_valid(const char *id)
{
	size_t length = strlen(id);

	if (!length || length >= KMEND_MAX_ID || !isalnum((unsigned char)id[0]))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)id[i]) && !strchr("._+-", id[i]))
			return false;
	return true;
}

/* The module's name made of this text. @whole: what it is made from, should it have to be cut. New memory. */
static char *module_name(const char *text, const char *whole)
{
	char *name = kmend_format("kmend_%s", text);

	for (char *c = name; *c; c++)
		*c = isalnum((unsigned char)*c) ? tolower((unsigned char)*c) : '_';
	if (strlen(name) > KMEND_MODULE_NAME_MAX) {
		char digest[KMEND_SHA256_HEX];
		const int tail = 8; /* hexadecimal digits */

		kmend_sha256(whole, strlen(whole), digest);
		snprintf(name + KMEND_MODULE_NAME_MAX - tail - 1, tail + 2, "_%.*s", tail, digest);
	}
	return name;
}

char *kmend_module_name(const char *id)
{
	return module_name(id, id);
}

char *kmend_part_name(const char *id, size_t part, const char *target)
{
	_cleanup_free_ char *text = part ? kmend_format("%s__%s", id, target) : NULL;

	return part ? module_name(text, text) : kmend_module_name(id);
}

/* Bytes of the UTF-8 sequence that begins here and its character; 0: none. (What is odd but decodes is judged by others.) */
static size_t decode_utf8(const unsigned char *text, size_t size, uint32_t *ret_character)
{
	size_t length = *text >= 0xf0 && *text < 0xf8	? 4
			: *text >= 0xe0 && *text < 0xf0 ? 3
			: *text >= 0xc2 && *text < 0xe0 ? 2
							: 0;
	uint32_t character = length ? *text & (0x7f >> length) : 0;

	if (!length || length > size)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (text[i] & 0x3f);
	}
	/* Shortest forms and real characters only: escapes must not make something good of what is not. */
	if ((length == 3 && (character < 0x800 || (character >= 0xd800 && character < 0xe000))) ||
	    (length == 4 && (character < 0x10000 || character > 0x10ffff)))
		return 0;
	*ret_character = character;
	return length;
}

void kmend_text_repair(char *text)
{
	size_t left = strlen(text), length;
	uint32_t character;

	for (; left; text += length, left -= length) {
		length = (unsigned char)*text < 0x80 ? 1 : decode_utf8((const unsigned char *)text, left, &character);
		if (length)
			continue;
		*text = '?';
		length = 1;
	}
}

void kmend_text_tame(char *text)
{
	kmend_text_repair(text);
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		/* U+0080 to U+009F are control characters, too, and terminals obey them. */
		if (*c == 0xc2 && c[1] < 0xa0)
			c[0] = c[1] = ' ';
		else if (*c < ' ' || *c == 0x7f)
			*c = ' ';
	}
}

/* Is what comes now escaped already? Then an escape would become text. */
static bool ends_in_backslash(const struct kmend_buffer *buffer)
{
	size_t count = 0;

	while (count < buffer->size && buffer->data[buffer->size - 1 - count] == '\\')
		count++;
	return count % 2;
}

char *kmend_json_ascii(const char *text, size_t size, size_t *ret_size)
{
	struct kmend_buffer buffer = { 0 };
	uint32_t character = 0;

	for (size_t at = 0, length; at < size; at += length) {
		for (length = 0; at + length < size && !(text[at + length] & 0x80);)
			length++;
		kmend_buffer_add(&buffer, text + at, length);
		at += length;
		if (at == size)
			break;
		length = ends_in_backslash(&buffer)
				 ? 0
				 : decode_utf8((const unsigned char *)text + at, size - at, &character);
		if (!length)
			kmend_buffer_add(&buffer, text + at, length = 1);
		else if (character < 0x10000)
			kmend_buffer_addf(&buffer, "\\u%04x", character);
		else
			kmend_buffer_addf(&buffer, "\\u%04x\\u%04x", 0xd800 + ((character - 0x10000) >> 10),
					  0xdc00 + ((character - 0x10000) & 0x3ff));
	}
	kmend_buffer_add(&buffer, "", 0);
	*ret_size = buffer.size;
	return buffer.data;
}
