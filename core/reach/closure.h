/* SPDX-License-Identifier: GPL-2.0 */
/* From names that a diff changes to all chunks and units that may mention them. Internal to core/reach. */
#ifndef KMEND_REACH_CLOSURE_H
#define KMEND_REACH_CLOSURE_H

#include "index.h"

/* A structure or union whose text is, or may be, another one. */
struct kmend_closure_type {
	char *tag; /* "tty_operations"; without a tag the name of its typedef, "" without that */
	uint32_t file;
	bool is_direct; /* the diff changes its text; else something that it mentions */
};

/* What a name reached is, by bits. */
#define KMEND_REACHED_NAME 1
#define KMEND_REACHED_MEMBER 2 /* of a structure: declarations of other structures may have the same */
#define KMEND_REACHED_VALUE 4  /* a function or variable: a member of a structure may be called the same */

/* May a structure, union or enum be another one because its declaration mentions a name of that kind? */
bool kmend_chunk_type_is_made_with(const struct kmend_chunk_names *type, uint8_t how);

struct kmend_closure {
	const struct kmend_index *index;
	uint8_t *is_reached; /* per name */
	bool *is_acting;     /* per file: what it makes where it is included may be other code */
	bool *mentions;	     /* per file that is a unit: it mentions a name reached */
	struct kmend_closure_type *types;
	size_t nr_types;
	size_t nr_names;  /* reached */
	uint32_t *direct; /* those of them that the diff itself changes */
	size_t nr_direct;
	bool is_too_wide; /* it was left off: names are mentioned nearly everywhere. All else is not complete then */
};
void kmend_closure_free(struct kmend_closure *closure);
KMEND_DEFINE_GUARD(struct kmend_closure *, kmend_closure_free, kmend_closure_guard);
#define _cleanup_closure_ _cleanup_(kmend_closure_guard)

/*
 * Begin with the overlay's changes, and follow all mentions to their end, or until that would cost more than looking into
 * every unit does (is_too_wide). The work is counted, not timed, so that the same change always gives the same.
 */
int kmend_closure_make(const struct kmend_tree *tree, const struct kmend_index *index,
		       const struct kmend_index_overlay *overlay, struct kmend_progress *progress,
		       struct kmend_closure **ret_closure, struct kmend_error *error);

/*
 * Which chunks of two texts differ: all but a longest common subsequence. *ret_old, *ret_new: one flag per chunk (owned).
 */
void kmend_chunks_compare(const struct kmend_chunks *before, const struct kmend_chunks *after, bool **ret_old,
			  bool **ret_new);

/* For each name the chunks that mention it. */
struct kmend_mentions {
	size_t *first; /* per name, and one behind */
	uint32_t *chunks;
};
/* @macros_only: chunks that are macros. */
void kmend_mentions_make(const struct kmend_index *index, bool macros_only, struct kmend_mentions *ret_mentions);
void kmend_mentions_free(struct kmend_mentions *mentions);

/* Ways in which names are made of others, "a ## b" (pastes.c). */
struct kmend_pastes;
struct kmend_pastes *kmend_pastes_new(const struct kmend_index *index);
void kmend_pastes_free(struct kmend_pastes *pastes);
/* Names were reached: find what they may be pasted from. */
void kmend_pastes_add(struct kmend_pastes *pastes, uint32_t name);
/* Was anything added since this was asked last? */
bool kmend_pastes_grew(struct kmend_pastes *pastes);
/* Is it more than can be followed? */
bool kmend_pastes_too_many(const struct kmend_pastes *pastes);
/* May a name that was added be made of what these names bring? */
bool kmend_pastes_match(struct kmend_pastes *pastes, const uint32_t *names, size_t count);

#endif
