/* SPDX-License-Identifier: GPL-2.0 */
/* Does the diff compile at all? Asked before much is done for it. Internal to core/reach. */
#ifndef KMEND_REACH_TRIAL_H
#define KMEND_REACH_TRIAL_H

#include "../kernel/change.h"
#include "closure.h"
#include "../kernel/walk.h"

/*
 * Of many units, those to be tried before the others: first such as mention, between them, each name that the diff itself
 * changes, at most KMEND_TRIAL_NAMED; then, up to KMEND_TRIAL_USERS, from all over the list. Puts them in front; returns how
 * many they are. The index must still have its names.
 */
#define KMEND_TRIAL_NAMED 12
#define KMEND_TRIAL_USERS 4
size_t kmend_trial_draw(const struct kmend_closure *closure, const struct kmend_walk_unit **units, size_t count);

/*
 * Have the compiler read some units as the diff makes them, in the set's overlay (whose directories must be as they will be
 * when units are compiled there), without making code: a fraction of a second each. A unit that does not compile as it was
 * before the set either (something generated is missing) says nothing; nor does any if the set stands on others. Nothing is kept of it; what passes may still fail when code is made.
 * BUILD_FAILED with the compiler's words, whose lines are the diff's, if one does not compile.
 */
int kmend_trial_compile(const struct kmend_tree *tree, const struct kmend_change_set *set,
			const struct kmend_walk_unit *const *units, size_t count, unsigned int jobs,
			struct kmend_progress *progress, struct kmend_error *error);

#endif
