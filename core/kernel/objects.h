/* SPDX-License-Identifier: GPL-2.0 */
/* The cache of compiled objects, by content. Internal to core/kernel. */
#ifndef KMEND_KERNEL_OBJECTS_H
#define KMEND_KERNEL_OBJECTS_H

#include "kbuild.h"

/*
 * The name under which an object is kept: digest of everything it is made from. @variant: "run", "pre", "post";
 * @source: path of the text that is compiled. New memory in *ret_path.
 */
int kmend_object_name(const struct kmend_tree *tree, const char *cache, const struct kmend_unit_command *command,
		      const char *variant, const char *source, char **ret_path, struct kmend_error *error);

/* The saved command of a unit, kept in the tree beside kbuild's; NULL if kbuild has not compiled it yet. */
struct kmend_unit_command *kmend_command_recall(const struct kmend_tree *tree, const char *unit);
/* Take what kbuild has just saved. */
int kmend_command_keep(const struct kmend_tree *tree, const char *unit, struct kmend_unit_command **ret_command,
		       struct kmend_error *error);

#endif
