/* SPDX-License-Identifier: GPL-2.0 */
/* What a change of headers reaches, kept in the tree's directory: the same question is not worked out twice. Internal. */
#ifndef KMEND_REACH_REACH_CACHE_H
#define KMEND_REACH_REACH_CACHE_H

#include "../kernel/change.h"

/* All that kmend_reach_units() finds. */
struct kmend_reached {
	struct kmend_strv units;  /* reached */
	struct kmend_strv own;	  /* shared sources that are units themselves */
	struct kmend_strv opened; /* directories that must be real ones in the overlay */
	struct kmend_strv probes; /* see struct kmend_change_set */
	struct kmend_strv types;
	size_t nr_unseen;
	struct kmend_reason *reasons;
	size_t nr_reasons;
};
void kmend_reached_clear(struct kmend_reached *reached);

/*
 * Name of the answer to this question in the cache: a digest of the tree, all texts of the change and of those before it,
 * the units it has already, and this very program. New memory.
 */
char *kmend_reach_key(const struct kmend_tree *tree, const struct kmend_change_set *set,
		      const struct kmend_strv *paths);

/* false: not there, or damaged. */
bool kmend_reach_load(const struct kmend_tree *tree, const char *key, struct kmend_reached *ret_reached);
/* A failure only means that it is worked out again next time. */
void kmend_reach_store(const struct kmend_tree *tree, const char *key, const struct kmend_reached *reached);

#endif
