/* SPDX-License-Identifier: GPL-2.0 */
/* Words numbered from 0, so that sets of them are sets of numbers. */
#ifndef KMEND_ERRATA_WORDS_H
#define KMEND_ERRATA_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* Zero-initialise; words_clear(). */
struct words {
	char **texts;
	size_t count;
	uint32_t *slots; /* number + 1, or 0 */
	size_t nr_slots;
};
void words_clear(struct words *words);
/* The number of a word, a new one if it is new. */
uint32_t words_number(struct words *words, const char *text, size_t size);
/* UINT32_MAX: not there */
uint32_t words_find(const struct words *words, const char *text, size_t size);

/* A set of numbers; sorted once nothing more is added. */
struct word_set {
	uint32_t *numbers;
	size_t count;
};
void word_set_add(struct word_set *set, uint32_t number);
void word_set_sort(struct word_set *set);
int word_set_has(const struct word_set *set, uint32_t number); /* sorted */
void word_set_clear(struct word_set *set);

#endif
