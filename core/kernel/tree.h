/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A prepared kernel build tree: the exact source, configured as the distribution did, headers generated; cached per
 * kernel build. And single units compiled in it with the distribution's own flags.
 */
#ifndef KMEND_KERNEL_TREE_H
#define KMEND_KERNEL_TREE_H

#include <kmend/plugin.h>

struct kmend_tree {
	char *source;			   /* pristine source, never written to */
	char *build;			   /* O= directory: .config, generated headers, scripts, Module.symvers */
	char *make_arguments;		   /* "KERNELRELEASE=… CC=… HOSTCC=… " as kbuild must be called with */
	struct kmend_kernel_build *kernel; /* owned */
};
void kmend_tree_free(struct kmend_tree *tree);

/*
 * Make or reuse the tree of a kernel build (takes ownership of `kernel` on success). Refuses (WRONG_SOURCE) a source whose version
 * is not the kernel's, and (WRONG_COMPILER) another compiler. Atomic: a tree in the cache is complete.
 */
int kmend_tree_prepare(struct kmend_kernel_build *kernel, const char *cache, unsigned int jobs,
		       struct kmend_progress *progress, struct kmend_tree **ret_tree, struct kmend_error *error);

/* Where a file of the source tree stands in this kernel's build. */
enum kmend_unit_class {
	KMEND_UNIT_BUILTIN, /* a .c compiled into vmlinux */
	KMEND_UNIT_MODULE,
	KMEND_UNIT_NOT_BUILT,
	KMEND_UNIT_HEADER,
	KMEND_UNIT_ASSEMBLY,
	KMEND_UNIT_BUILD_SYSTEM, /* Kconfig, Makefile */
	KMEND_UNIT_INCLUDED_C,	 /* a .c or .inc that others include */
	KMEND_UNIT_OTHER,	 /* documentation, tools, samples: no part of the kernel */
};
int kmend_tree_classify(struct kmend_tree *tree, const char *path, enum kmend_unit_class *ret_class,
			struct kmend_error *error);

/* The diff, applied: pre and post content of the files it touches. */
struct kmend_change_set {
	struct kmend_strv files; /* source paths touched */
	char *post; /* directory that holds the post version of each touched file, with #line realignment */
};

/* The three compilations of one unit; paths of objects (owned). */
struct kmend_unit_objects {
	char *unit;
	char *run;
	char *pre;
	char *post;
	bool has_profiling_calls; /* compiled with -pg, so the compiler does no interprocedural register allocation */
};

/*
 * Compile units three ways, in parallel, each through kbuild's own command line for it, and objtool. Results are
 * cached by content (source, flags, compiler, configuration): the same input is never compiled twice.
 * BUILD_FAILED with the compiler's words if post does not compile.
 */
int kmend_units_compile(struct kmend_tree *tree, const struct kmend_change_set *changes, const struct kmend_strv *units,
			const char *cache, unsigned int jobs, struct kmend_progress *progress,
			struct kmend_unit_objects **ret_objects, struct kmend_error *error);
void kmend_unit_objects_free(struct kmend_unit_objects *objects, size_t count);

#endif
