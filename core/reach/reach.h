/* SPDX-License-Identifier: GPL-2.0 */
/* Which units a change of headers (and of sources that others include) reaches. Internal to core/reach. */
#ifndef KMEND_REACH_REACH_H
#define KMEND_REACH_REACH_H

#include "../kernel/change.h"

/*
 * Find the units whose code may change with `paths`, files that other files include and whose texts of before and after
 * are in the kernel's source and in set->plain. The set's overlay must be there. In three steps, each of which leaves out
 * only what cannot change: who can include the files, by name, and mentions what changed in them, however far around;
 * whose preprocessed text differs; where that difference is in anything but unused declarations.
 * Adds those found to the set's units, and to its reasons what the change reaches beyond units. What the same question gave
 * before is taken from the tree's directory.
 */
int kmend_reach_units(const struct kmend_tree *tree, struct kmend_change_set *set, const struct kmend_strv *paths,
		      unsigned int jobs, struct kmend_progress *progress, struct kmend_error *error);

#endif
