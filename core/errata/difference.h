/* SPDX-License-Identifier: GPL-2.0 */
/* The difference of two source trees, in pieces that nothing ties to one another. */
#ifndef KMEND_ERRATA_DIFFERENCE_H
#define KMEND_ERRATA_DIFFERENCE_H

#include "plan_internal.h"
#include "words.h"

/* What changed in one file. */
struct file_difference {
	char *path;
	char *text; /* its unified diff, heads a/PATH and b/PATH */
	size_t size;
	struct word_set declared; /* names whose declaration changed and which other files may use */
	struct word_set used;	  /* names in changed lines */
	struct word_set near;	  /* names in hunks, context and heads included */
	struct word_set sees;	  /* headers that it includes, through others, too: numbers of their names */
	bool sees_any;		  /* it includes what cannot be told */
	uint32_t name;		  /* its own number among those */
	size_t piece;		  /* index of the first file of its piece */
};

struct difference {
	struct file_difference *files; /* sorted by path */
	size_t count;
	struct words words;
	bool is_looked_at; /* the `sees` of files count */
};
void difference_clear(struct difference *difference);

/* Compare two trees: only what a kernel is compiled from. */
int difference_read(const char *from, const char *to, struct difference *difference, struct kmend_error *error);
/* The same from the words of diff(1), for tests and fuzzing. */
void difference_parse(const char *text, size_t size, const char *from, struct difference *difference);
/* includes.c: find out what files include, so that a header's declarations tie only those that can see them. */
int difference_look(const char *from, const char *to, struct difference *difference, struct kmend_error *error);
/* Could what one file declares matter to another one? Always, unless the files were looked at. */
bool difference_sees(const struct difference *difference, size_t user, size_t declarer);
/* Tie files: a declaration that changed in one and is used by what changed in another that can see it. */
void difference_tie(struct difference *difference);
void difference_join(struct difference *difference, size_t a, size_t b);
/* Is a path part of what a kernel for x86 is compiled from? */
bool difference_is_code(const char *path);
/* Index of a path, or SIZE_MAX. */
size_t difference_find(const struct difference *difference, const char *path);

#endif
