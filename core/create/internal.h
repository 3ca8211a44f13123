/* SPDX-License-Identifier: GPL-2.0 */
/* What the steps of create hand on to each other. */
#ifndef KMEND_CREATE_INTERNAL_H
#define KMEND_CREATE_INTERNAL_H

#include "../kernel/change.h"
#include "../kernel/compile.h"
#include "../link/link.h"
#include "create.h"

struct kmend_creation {
	const struct kmend_create_request *request;
	struct kmend_progress *progress;
	struct kmend_create_result *result;
	char *diff; /* text */
	size_t diff_size;
	struct kmend_kernel_build *kernel; /* until the tree owns it */
	struct kmend_tree *tree;
	struct kmend_change_set *base; /* what the bases change, or NULL */
	struct kmend_change_set *changes;
	struct kmend_unit_objects *objects; /* one per unit */
	struct kmend_delta **deltas;	    /* one per unit */
	size_t nr_deltas;
	struct kmend_exports *exports;
	struct kmend_link_result link;
	char *module; /* path of the update module */
};

/* pack.c: the last step. */
int kmend_create_pack(struct kmend_creation *creation, struct kmend_error *error);

/* Fill an OUT_OF_SCOPE error from reasons, every one of them listed. */
int kmend_create_refuse(const struct kmend_reason *reasons, size_t count, struct kmend_error *error);

#endif
