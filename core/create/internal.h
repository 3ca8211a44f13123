/* SPDX-License-Identifier: GPL-2.0 */
/* What the steps of create hand on to each other. */
#ifndef KMEND_CREATE_INTERNAL_H
#define KMEND_CREATE_INTERNAL_H

#include "../container/container.h"
#include "../kernel/change.h"
#include "../kernel/compile.h"
#include "../link/link.h"
#include "create.h"

/* What becomes one update module: the units of one target. */
struct kmend_part {
	char *target;
	struct kmend_delta **deltas; /* the creation's; a unit of several targets is in each */
	size_t nr_deltas;
	struct kmend_link_result link;
	char *module; /* path of the update module */
};

/* An update that the new one sits on. */
struct kmend_creation_base {
	struct kmend_container *container;
	struct kmend_object **modules; /* one per part */
	size_t nr_modules;
	char digest[KMEND_SHA256_HEX];
	struct kmend_change_set *changes; /* its diff, applied on top of the bases before it */
};

struct kmend_creation {
	const struct kmend_create_request *request;
	bool assess_only; /* a verdict is asked for, not an update */
	struct kmend_progress *progress;
	struct kmend_create_result *result;
	char *diff; /* text */
	size_t diff_size;
	struct kmend_kernel_build *kernel; /* until the tree owns it */
	struct kmend_tree *tree;
	struct kmend_creation_base *bases; /* in the request's order */
	size_t nr_bases;
	struct kmend_link_base *link_bases; /* the same for the linker */
	struct kmend_change_set *base;	    /* what they change all together (that of the last of them), or NULL */
	struct kmend_delta **base_deltas;   /* likewise, one per unit of theirs */
	size_t nr_base_deltas;
	struct kmend_change_set *changes;
	struct kmend_unit_objects *objects; /* one per unit */
	struct kmend_delta **deltas;	    /* one per unit */
	size_t nr_deltas;
	struct kmend_exports *exports;
	uint32_t flags;			   /* KMEND_UPDATE_GRADUAL, KMEND_UPDATE_MAY_BE_GRADUAL */
	struct kmend_link_import *imports; /* what the diff exports */
	size_t nr_imports;
	struct kmend_part *parts; /* vmlinux first, the others by name */
	size_t nr_parts;
};

/* parts.c: sort the deltas by target, build an update module for each, check each */
int kmend_create_parts(struct kmend_creation *creation, struct kmend_error *error);
/* Note what the diff exports, before the units are dropped in which nothing else changed. */
int kmend_create_imports(struct kmend_creation *creation, struct kmend_error *error);
void kmend_create_parts_free(struct kmend_creation *creation);
int kmend_create_link(struct kmend_creation *creation, struct kmend_error *error);
int kmend_create_check(struct kmend_creation *creation, struct kmend_error *error);

/* outside.c: reasons for what new code refers to and the running kernel does not have. */
int kmend_create_judge_outside(struct kmend_creation *creation, struct kmend_error *error);

/* base.c: read the bases, and work out what they change all together. */
int kmend_create_step_bases(struct kmend_creation *creation, struct kmend_error *error);
void kmend_create_bases_free(struct kmend_creation *creation);
/* What the bases made of a unit; NULL: nothing. */
const struct kmend_delta *kmend_create_base_delta(const struct kmend_creation *creation, const char *unit);

/* Read a unit's three objects, owned by the caller: run, pre, post. */
int kmend_create_read_objects(const struct kmend_unit_objects *paths, struct kmend_object **ret_objects,
			      struct kmend_error *error);

/* pack.c: the last step. */
int kmend_create_pack(struct kmend_creation *creation, struct kmend_error *error);

/* assess.c: the step */
int kmend_create_judge(struct kmend_creation *creation, struct kmend_error *error);
/* Add what a step found. Fails with OUT_OF_SCOPE, every open reason listed, if it then cannot become an update. */
int kmend_create_weigh(struct kmend_creation *creation, const struct kmend_reason *reasons, size_t count,
		       struct kmend_error *error);

#endif
