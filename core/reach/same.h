/* SPDX-License-Identifier: GPL-2.0 */
/* Objects that cannot be replaced in a running kernel: do they change at all, and what in them? Internal to core/reach. */
#ifndef KMEND_REACH_SAME_H
#define KMEND_REACH_SAME_H

#include "../elf/object.h"
#include "../kernel/change.h"
#include "../kernel/walk.h"

/*
 * Compile or assemble units before and after the set, each as kbuild does, and compare. Those whose objects are the same
 * have no effect; for others a reason is added that names each function and its section: assembly language, objects of
 * another name than their source's, code for something else than the running kernel (vdso, boot). What a unit includes and
 * is not there yet, kbuild is asked to make: *made is set then (else left), for it was not judged with what else is generated.
 */
int kmend_same_judge(const struct kmend_tree *tree, const struct kmend_change_set *set,
		     const struct kmend_walk_unit *const *units, size_t count, const struct kmend_strv *paths,
		     unsigned int jobs, struct kmend_progress *progress, struct kmend_reason **reasons,
		     size_t *nr_reasons, bool *made, struct kmend_error *error);

/* A place in which two objects differ. */
struct kmend_same_place {
	char *section;
	char *symbol; /* the function or datum there, or NULL: outside of all */
};
/* All places, each once; debugging information does not count. */
void kmend_same_compare(const struct kmend_object *pre, const struct kmend_object *post,
			struct kmend_same_place **ret_places, size_t *ret_count);
void kmend_same_places_free(struct kmend_same_place *places, size_t count);

#endif
