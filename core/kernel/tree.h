/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel build identified, and a prepared build tree for it: the exact source, configured as the distribution did,
 * headers generated; cached per kernel build.
 */
#ifndef KMEND_KERNEL_TREE_H
#define KMEND_KERNEL_TREE_H

#include <kmend/plugin.h>

/* What the user said about the kernel. */
struct kmend_kernel_request {
	const char *release; /* uname -r */
	const char *source;  /* directory of its exact source, or NULL: from the distribution's packages */
	const char *headers; /* directory with its .config and Module.symvers, or NULL: likewise */
};

/*
 * Identify the kernel build and get its materials. Refuses another compiler than the kernel's (WRONG_COMPILER), a
 * source or headers of another version (WRONG_SOURCE), and a kernel that there is not (NO_KERNEL).
 * *ret_build: owned by the caller. Its version is the package's ("6.1.176-1"), or for a kernel that is no
 * distribution's the whole text of `uname -v`.
 */
int kmend_kernel_identify(const struct kmend_kernel_request *request, const char *cache,
			  struct kmend_progress *progress, struct kmend_kernel_build **ret_build,
			  struct kmend_error *error);

struct kmend_tree {
	char *source;	      /* pristine source, never written to */
	char *build;	      /* O= directory: .config, generated headers, scripts, Module.symvers */
	char *make_arguments; /* "KERNELRELEASE=… CC=… HOSTCC=… " as kbuild must be called with; split at blanks */
	char *directory;      /* the tree's place in the cache */
	char *id;	      /* digest of all that determines what a unit compiles to, but for the unit itself */
	bool cached;	      /* it was there already */
	const char *include;  /* where kmend/hooks.h is, for amended source; NULL: none. Borrowed, set by the caller */
	struct kmend_kernel_build *kernel; /* owned */
};
void kmend_tree_free(struct kmend_tree *tree);
KMEND_DEFINE_GUARD(struct kmend_tree *, kmend_tree_free, kmend_tree_guard);
#define _cleanup_tree_ _cleanup_(kmend_tree_guard)

/*
 * Make or reuse the tree of a kernel build (takes ownership of `kernel` on success). Atomic: a tree in the cache is
 * complete. WRONG_SOURCE if the source does not give the distribution's configuration again, with the lines that differ.
 */
int kmend_tree_prepare(struct kmend_kernel_build *kernel, const char *cache, unsigned int jobs,
		       struct kmend_progress *progress, struct kmend_tree **ret_tree, struct kmend_error *error);

/*
 * Add the files of the source that declare this name weak, other architectures' left out. The first call goes through the
 * source (some seconds); the answer for all names is kept in the tree.
 */
int kmend_tree_weak(const struct kmend_tree *tree, const char *name, struct kmend_strv *ret_files,
		    struct kmend_error *error);
/* Add the files of the source that include this .c file ("kernel/sched/build_policy.c" for "kernel/sched/rt.c"). */
int kmend_tree_includers(const struct kmend_tree *tree, const char *path, struct kmend_strv *ret_includers,
			 struct kmend_error *error);

/* Take the lock under which kbuild may write into the tree. */
int kmend_tree_lock(const struct kmend_tree *tree, int *ret_fd, struct kmend_error *error);

#endif
