/* SPDX-License-Identifier: GPL-2.0 */
/* Preprocessing units before and after a change, and what that tells of them. Internal to core/reach. */
#ifndef KMEND_REACH_LOOK_H
#define KMEND_REACH_LOOK_H

#include "../kernel/change.h"
#include "../kernel/walk.h"

enum kmend_look_result {
	KMEND_LOOK_SAME, /* its code cannot change */
	KMEND_LOOK_TYPES, /* it sees a structure whose text changed, but nothing else that changed: only the layout counts */
	KMEND_LOOK_DIFFERS,
};

struct kmend_look {
	const struct kmend_walk_unit *unit;
	enum kmend_look_result result;
};

/* Units that are looked into at a time: their preprocessed texts are some megabytes each. */
#define KMEND_LOOK_BATCH 8

/*
 * Structures that may have changed by what is in them: "FILE TAG", and which of them did not, as a unit that reads FILE's
 * own declaration shows. That one unit is enough rests on what every kernel needs: that all its units see one layout.
 */
struct kmend_look_types {
	const struct kmend_strv *types;
	bool *are_same;
};

/*
 * Look into some units, at most KMEND_LOOK_BATCH: in the set's overlay against how it was before the set. `paths`: the
 * changed files; it is a FAILURE if the text of before of any is found around the overlay. What the units say
 * of `types` is added there.
 */
int kmend_look_into(const struct kmend_tree *tree, const struct kmend_change_set *set, const struct kmend_strv *paths,
		    struct kmend_look *looks, size_t count, struct kmend_look_types *types, unsigned int jobs,
		    struct kmend_error *error);

/*
 * In a preprocessed unit, with line markers, whose code and structures stay the same: those of the types that their own files declare there.
 * A file is named without the root it lies in.
 */
void kmend_look_settle(const char *text, size_t size, const struct kmend_strv *roots, struct kmend_look_types *types);

/* Are two texts the same but for empty lines and line markers? */
bool kmend_look_is_same(const char *a, size_t a_size, const char *b, size_t b_size);

#endif
