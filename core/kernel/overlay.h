/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The source as the diff makes it, for the compiler: a directory of symbolic links into the kernel's source, with the
 * changed files in their places. Directories above a changed file are real ones, others links. For core/kernel and core/reach.
 */
#ifndef KMEND_KERNEL_OVERLAY_H
#define KMEND_KERNEL_OVERLAY_H

#include "change.h"
#include "kbuild.h"

/* Make the overlay of a set that has shared files, or stands on one that has; else none. Fills set->overlay and its key. */
int kmend_overlay_make(const struct kmend_tree *tree, struct kmend_change_set *set, const char *scratch,
		       struct kmend_error *error);

/* Make directory `path` (of the source, "" is its top) a real one in the overlay, with links for all that is in it. */
int kmend_overlay_open(const struct kmend_tree *tree, const char *overlay, const char *path, struct kmend_error *error);

/* Put a file's text in its place. */
int kmend_overlay_put(const struct kmend_tree *tree, const char *overlay, const char *path, const char *text_path,
		      struct kmend_error *error);

/* A word of a compiler's command that is to read the overlay instead of the source. New memory. */
char *kmend_overlay_word(const struct kmend_tree *tree, const char *overlay, const char *word);

/*
 * A path with "..", which kbuild has where a makefile compiles another directory's sources, goes straight in the overlay;
 * in __FILE__ it has to stay as it was. Adds what the compiler needs for that, if the word has such a path; to be put behind all other
 * mappings, since the last that fits counts.
 */
void kmend_overlay_map(const struct kmend_tree *tree, const char *overlay, const char *word, struct kmend_strv *words);

/*
 * Of a compiler's list of dependencies ("OBJECT: FILE … \\"): one that is a changed file's text of before, since it was
 * found around the overlay. New memory, or NULL.
 */
char *kmend_overlay_leak(const struct kmend_tree *tree, const struct kmend_strv *changed, const char *dependencies);

#endif
