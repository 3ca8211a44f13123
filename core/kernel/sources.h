/* SPDX-License-Identifier: GPL-2.0 */
/* All files that an include directive may mean, and which those are. For core/kernel and core/reach. */
#ifndef KMEND_KERNEL_SOURCES_H
#define KMEND_KERNEL_SOURCES_H

#include "../base/file.h"
#include "tree.h"

enum kmend_source_place {
	KMEND_PLACE_SOURCE, /* the kernel's source */
	KMEND_PLACE_BUILD,  /* generated */
	KMEND_PLACE_POST,   /* only the diff has it */
};

struct kmend_source_file {
	char *path; /* in its place */
	enum kmend_source_place place;
	size_t next; /* file of the same last part, or SIZE_MAX */
};

struct kmend_sources {
	struct kmend_source_file *files;
	size_t count;
	size_t *buckets; /* by the path's last part */
	size_t nr_buckets;
	struct kmend_strv directories; /* that units search for what they include, sorted; none: any may be */
	/* Of a list made now: a digest of all paths with size and times, and the newest time (seconds). */
	char digest[KMEND_SHA256_HEX];
	long long newest;
};

/* List the source (but for other architectures, documentation and samples) and what was generated in the build tree. */
int kmend_sources_list(const struct kmend_tree *tree, struct kmend_sources *ret_sources, struct kmend_error *error);
size_t kmend_sources_add(struct kmend_sources *sources, const char *path, enum kmend_source_place place);
void kmend_sources_free(struct kmend_sources *sources);
#define _cleanup_sources_ _cleanup_(kmend_sources_free)

/* "a/b/../c.c": "a/c.c". New memory. */
char *kmend_source_path(const char *path);

/* A file by its exact path, which may hold "..", in the source, else in the build tree, else among the new ones. SIZE_MAX: none. */
size_t kmend_sources_find(const struct kmend_sources *sources, const char *path);

/*
 * The files that a directive ("<linux/list.h>", "\"internal.h\"") in a file may mean: certainly the one meant, perhaps
 * others, since search paths are not looked at. Adds to *ret_files (array, owned). The name must be quoted.
 */
void kmend_sources_resolve(const struct kmend_sources *sources, size_t includer, const char *directive,
			   size_t **ret_files, size_t *ret_count);

/* Is this directive's name given by a macro? */
bool kmend_include_is_computed(const char *directive);

#endif
