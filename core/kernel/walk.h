/* SPDX-License-Identifier: GPL-2.0 */
/* Every unit that kbuild compiles for vmlinux and all modules, with its command. For core/kernel and core/reach. */
#ifndef KMEND_KERNEL_WALK_H
#define KMEND_KERNEL_WALK_H

#include "kbuild.h"

struct kmend_walk_unit {
	char *object; /* "net/unix/af_unix.o" */
	char *source; /* "net/unix/af_unix.c", or of a generated one the path in the build tree, which looks the same */
	char *command;	/* as kbuild would save it, without "cmd_OBJECT := " */
	bool is_kernel; /* of vmlinux or a module; else compiled for other code: the vdso, firmware stubs */
	bool is_generated;
};

struct kmend_walk {
	struct kmend_walk_unit *units; /* sorted by source */
	size_t count;
};
void kmend_walk_free(struct kmend_walk *walk);
KMEND_DEFINE_GUARD(struct kmend_walk *, kmend_walk_free, kmend_walk_guard);
#define _cleanup_walk_ _cleanup_(kmend_walk_guard)

/*
 * Read the list, or ask kbuild for it: one dry run through all directories (half a minute), kept in the tree. Sources that
 * are generated, and what is generated for units beside them, are made then.
 */
int kmend_walk_make(const struct kmend_tree *tree, unsigned int jobs, struct kmend_progress *progress,
		    struct kmend_walk **ret_walk, struct kmend_error *error);

/* The unit of a source, or NULL. */
const struct kmend_walk_unit *kmend_walk_find(const struct kmend_walk *walk, const char *source);

/* Take a unit's command apart. */
int kmend_walk_command(const struct kmend_walk_unit *unit, struct kmend_unit_command **ret_command,
		       struct kmend_error *error);

/* The list's text, as it is kept: read and written by these only. -EINVAL: it is damaged. */
int kmend_walk_parse(const char *text, size_t size, struct kmend_walk **ret_walk);
void kmend_walk_write(const struct kmend_walk *walk, struct kmend_buffer *text);

/* From kbuild's words: lines "@kmend@ WHAT …". -EIO: kbuild did not go all the way. */
int kmend_walk_read_output(const char *output, const char *source, struct kmend_walk **ret_walk);

#endif
