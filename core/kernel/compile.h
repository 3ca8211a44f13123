/* SPDX-License-Identifier: GPL-2.0 */
/* Compiling single units as the distribution did, three ways. */
#ifndef KMEND_KERNEL_COMPILE_H
#define KMEND_KERNEL_COMPILE_H

#include "change.h"

/* The three compilations of one unit; paths of objects in the cache (owned). */
struct kmend_unit_objects {
	char *unit;
	char *run;
	char *pre;
	char *post;
	unsigned int how; /* KMEND_UNIT_* */
};

/*
 * Compile all units of a change set three ways, in parallel, each by kbuild's own command for it, and objtool.
 * run: as the distribution did. pre, post: split by function and datum. Results are cached by content (source, command,
 * tree, dependencies): the same input is never compiled twice. *ret_fresh: how many objects were compiled now.
 * *ret_objects: one per unit, in their order; kmend_unit_objects_free().
 * BUILD_FAILED with the compiler's words if post does not compile.
 */
int kmend_units_compile(const struct kmend_tree *tree, const struct kmend_change_set *set, const char *cache,
			unsigned int jobs, struct kmend_progress *progress, struct kmend_unit_objects **ret_objects,
			size_t *ret_fresh, struct kmend_error *error);
/* Behind an object's name: the text of what the compiler read (-fdump-tree-original), if the unit has functions. */
#define KMEND_READ_TEXT ".original"
/*
 * Compile some of them once more, before and after the change, with DWARF, and with KMEND_READ_TEXT beside each object; all
 * must have been compiled as above. In each of *ret_objects (one per unit, in their order) run is NULL. Cached alike.
 */
int kmend_units_compile_types(const struct kmend_tree *tree, const struct kmend_change_set *set,
			      const struct kmend_strv *units, const char *cache, unsigned int jobs,
			      struct kmend_progress *progress, struct kmend_unit_objects **ret_objects,
			      struct kmend_error *error);
/* Compile units only as the distribution did: pre and post of each of *ret_objects (one per unit) are NULL. Cached alike. */
int kmend_units_compile_run(const struct kmend_tree *tree, const struct kmend_strv *units, const char *cache,
			    unsigned int jobs, struct kmend_progress *progress, struct kmend_unit_objects **ret_objects,
			    struct kmend_error *error);
/* objects may be NULL. */
void kmend_unit_objects_free(struct kmend_unit_objects *objects, size_t count);

#endif
