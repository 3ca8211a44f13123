/* SPDX-License-Identifier: GPL-2.0 */
/* Does the diff compile at all? Asked before much is done for it. Internal to core/reach. */
#ifndef KMEND_REACH_TRIAL_H
#define KMEND_REACH_TRIAL_H

#include "../kernel/change.h"
#include "../kernel/walk.h"

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
