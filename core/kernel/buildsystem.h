/* SPDX-License-Identifier: GPL-2.0 */
/* Changes of Kconfig files and makefiles: do they change anything? For core/kernel and core/reach. */
#ifndef KMEND_KERNEL_BUILDSYSTEM_H
#define KMEND_KERNEL_BUILDSYSTEM_H

#include "change.h"

/*
 * Judge the set's build_system files. Kconfig: the kernel's configuration, brought up to date with them, must stay the same.
 * Makefiles: nothing but remarks and empty lines may change. What is not so becomes a reason, which says what differs.
 * Nothing is made in the tree.
 */
int kmend_buildsystem_judge(const struct kmend_tree *tree, struct kmend_change_set *set,
			    struct kmend_progress *progress, struct kmend_error *error);

/* Do two makefiles differ in no more than remarks that have a line of their own, and empty lines? */
bool kmend_makefile_is_same(const char *pre, const char *post);

#endif
