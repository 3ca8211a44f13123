// SPDX-License-Identifier: GPL-2.0
#include "words.h"

#include <stdlib.h>
#include <string.h>

#include "../base/str.h"

static size_t hash_of(const char *text, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325ull; /* FNV-1a */

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3ull;
	return hash;
}

void words_clear(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->texts[i]);
	free(words->texts);
	free(words->slots);
	*words = (struct words){ 0 };
}

static uint32_t *slot_of(const struct words *words, const char *text, size_t size)
{
	for (size_t at = hash_of(text, size);; at++) {
		uint32_t *slot = &words->slots[at % words->nr_slots];
		const char *other = *slot ? words->texts[*slot - 1] : NULL;

		if (!other || (!strncmp(other, text, size) && !other[size]))
			return slot;
	}
}

static void grow(struct words *words)
{
	free(words->slots);
	words->nr_slots = words->nr_slots ? words->nr_slots * 2 : 4096;
	words->slots = kmend_calloc(words->nr_slots, sizeof(*words->slots));
	for (size_t i = 0; i < words->count; i++)
		*slot_of(words, words->texts[i], strlen(words->texts[i])) = i + 1;
}

uint32_t words_number(struct words *words, const char *text, size_t size)
{
	uint32_t *slot;

	if (words->count * 2 >= words->nr_slots)
		grow(words);
	slot = slot_of(words, text, size);
	if (!*slot) {
		*kmend_array_add(words->texts, words->count) = kmend_strndup(text, size);
		*slot = words->count;
	}
	return *slot - 1;
}

uint32_t words_find(const struct words *words, const char *text, size_t size)
{
	return words->nr_slots ? *slot_of(words, text, size) - 1 : UINT32_MAX;
}

void word_set_add(struct word_set *set, uint32_t number)
{
	if (!set->count || set->numbers[set->count - 1] != number)
		*kmend_array_add(set->numbers, set->count) = number;
}

static int compare(const void *a, const void *b)
{
	const uint32_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

void word_set_sort(struct word_set *set)
{
	size_t kept = 0;

	if (set->count)
		qsort(set->numbers, set->count, sizeof(*set->numbers), compare);
	for (size_t i = 0; i < set->count; i++)
		if (!kept || set->numbers[kept - 1] != set->numbers[i])
			set->numbers[kept++] = set->numbers[i];
	set->count = kept;
}

int word_set_has(const struct word_set *set, uint32_t number)
{
	return set->count && bsearch(&number, set->numbers, set->count, sizeof(*set->numbers), compare) != NULL;
}

void word_set_clear(struct word_set *set)
{
	free(set->numbers);
	*set = (struct word_set){ 0 };
}
