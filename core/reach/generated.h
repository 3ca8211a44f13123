/* SPDX-License-Identifier: GPL-2.0 */
/* What kbuild makes of the kernel's source before it compiles units: constants, tables, sources. Internal to core/reach. */
#ifndef KMEND_REACH_GENERATED_H
#define KMEND_REACH_GENERATED_H

#include "../kernel/change.h"

/*
 * Make again, from the set's overlay, whatever kbuild has made in the tree from its shared files (as the commands say that
 * it saved there), and compare. Constants that change (include/generated/bounds.h, asm-offsets.h) and headers are reasons
 * of the set: all of the kernel was built with them. A source that is a unit itself gets its new text in the set and is
 * added to its units, unless `is_late` (they are compiled already): then it is a reason too.
 * Files of set->generators from which nothing is made become reasons. Nothing is written into the tree.
 */
int kmend_generated_judge(const struct kmend_tree *tree, struct kmend_change_set *set, unsigned int jobs, bool is_late,
			  struct kmend_progress *progress, struct kmend_error *error);

/* The constants in a compiled list of them: "NAME VALUE" (kbuild's "->NAME $VALUE …"), sorted. */
void kmend_generated_constants(const char *text, struct kmend_strv *ret_constants);

/*
 * A saved command ("cmd_TARGET := …", its first line) for the shell, with `from`'s paths in `to` (both directories; `to`
 * NULL: as they are) and its output at `output`. NULL: it is not of that form, or does not name its target.
 */
char *kmend_generated_command(const struct kmend_tree *tree, const char *saved, const char *overlay, const char *output,
			      char **ret_target);

/* Does a saved command, or the list of what it read, name this file of the source? */
bool kmend_generated_mentions(const struct kmend_tree *tree, const char *saved, const char *path);

#endif
