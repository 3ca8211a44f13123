/* SPDX-License-Identifier: GPL-2.0 */
/* Changes of Kconfig files and makefiles: do they change anything? Internal to core/kernel. */
#ifndef KMEND_KERNEL_BUILDSYSTEM_H
#define KMEND_KERNEL_BUILDSYSTEM_H

#include "change.h"

/*
 * Judge the set's build_system files. Kconfig: the kernel's configuration, brought up to date with them, must stay the same.
 * Makefiles: every command that kbuild would run in their directories must. What cannot be shown so becomes a reason, which
 * says what differs. Nothing is made in the tree.
 */
int kmend_buildsystem_judge(const struct kmend_tree *tree, struct kmend_change_set *set,
			    struct kmend_progress *progress, struct kmend_error *error);

/*
 * Two outputs of kbuild's dry run, one with `overlay` in place of `source`: the first line that only one of them has (new
 * memory), or NULL. The order of lines does not count.
 */
char *kmend_buildsystem_difference(const char *pre, const char *post, const char *source, const char *overlay);

#endif
