/* SPDX-License-Identifier: GPL-2.0 */
/* What a diff does to a kernel's source: the touched files, applied, and sorted by what they are in the build. */
#ifndef KMEND_KERNEL_CHANGE_H
#define KMEND_KERNEL_CHANGE_H

#include "../diff/delta.h"
#include "tree.h"

/* The diff, applied. */
struct kmend_change_set {
	struct kmend_strv units;      /* .c files whose text changes: to be compiled */
	struct kmend_strv ignored;    /* "PATH: WHY" of touched files that are no part of this kernel */
	struct kmend_reason *reasons; /* what is touched and is out of scope, by name; not empty: no update */
	size_t nr_reasons;
	struct kmend_strv shared; /* files with another text that units include: headers, and other sources */
	struct kmend_strv
		generators; /* of those: what files are made from by something else than the compiler of units */
	struct kmend_strv build_system; /* and: Kconfig files and makefiles */
	struct kmend_strv probes;	/* units that are here to compare types by */
	struct kmend_strv
		reached_types; /* "FILE TAG" of structures declared with something that the diff changes elsewhere */
	struct kmend_strv
		opened;	  /* directories of the overlay that are no links, since units include by ".." from there */
	bool made_late;	  /* kbuild made something in the tree when units were looked for */
	size_t nr_unseen; /* units that may see a structure which changed, and are left as they are */
	char *post;	  /* directory: the post version of each unit, line numbers realigned */
	char *plain;	  /* directory: the post version as the diff makes it */
	char *overlay; /* directory: the source with the shared files of this set and those before it, or NULL: none */
	char *overlay_key; /* digest of those files */
	bool is_sum; /* `units` are those of the sets before it too, and what they are compared with is the kernel's own text */
	const struct kmend_change_set *before; /* what this one was applied on top of, or NULL: borrowed */
};
void kmend_change_set_free(struct kmend_change_set *set);
KMEND_DEFINE_GUARD(struct kmend_change_set *, kmend_change_set_free, kmend_change_set_guard);
#define _cleanup_change_set_ _cleanup_(kmend_change_set_guard)

/*
 * Apply a unified diff to copies (in `scratch`, an existing directory) of the files it names; the tree's source is
 * never written to. How many leading parts their names have to lose, the source tells (kmend_patch_find_strip()).
 * DIFF_NOT_APPLICABLE with patch's words; DIFF_NOT_BUILT if it touches nothing that this kernel builds; NO_CHANGE if
 * the text stays the same.
 * @before: apply it on top of that set, which must outlive this one, else NULL; each set needs a scratch of its own.
 */
int kmend_change_set_make(const struct kmend_tree *tree, const struct kmend_change_set *before, const char *diff,
			  size_t size, const char *scratch, struct kmend_change_set **ret_set,
			  struct kmend_error *error);

/*
 * Find the units that the set's shared files reach, and add them to its units (reach.h). Without shared files nothing is
 * done; with some, the first time for a kernel takes a minute or two, and a header that everything includes longer. NO_CHANGE
 * if that leaves no unit and no reason.
 */
int kmend_change_set_reach(const struct kmend_tree *tree, struct kmend_change_set *set, unsigned int jobs,
			   struct kmend_progress *progress, struct kmend_error *error);

/* The newest set of a chain (`set` or one before it, or NULL) whose diff holds the file; NULL: it is the kernel's own. */
const struct kmend_change_set *kmend_change_set_holder(const struct kmend_change_set *set, const char *path);

/*
 * A unified diff of all files F in a directory against their amended versions beside them, F + extension (as ksplice
 * reads its --diffext: "sys.c" and "sys.c.fixed" with extension ".fixed"). New memory.
 */
int kmend_diff_by_extension(const char *directory, const char *extension, char **ret_diff, size_t *ret_size,
			    struct kmend_error *error);

#endif
