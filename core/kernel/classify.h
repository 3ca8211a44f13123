/* SPDX-License-Identifier: GPL-2.0 */
/* What a file of the source is in a kernel's build. */
#ifndef KMEND_KERNEL_CLASSIFY_H
#define KMEND_KERNEL_CLASSIFY_H

#include "../diff/delta.h"
#include "tree.h"

enum kmend_file_class {
	KMEND_FILE_UNKNOWN,   /* kbuild must be asked */
	KMEND_FILE_BUILTIN,   /* a .c compiled into vmlinux and nowhere else */
	KMEND_FILE_MODULE,    /* a .c of a module (perhaps of vmlinux as well) */
	KMEND_FILE_NOT_BUILT, /* a .c that this configuration does not build */
	KMEND_FILE_HEADER,
	KMEND_FILE_ASSEMBLY,
	KMEND_FILE_BUILD_SYSTEM, /* Kconfig, Makefile, linker scripts */
	KMEND_FILE_ODD,		 /* compiled to an object of another name */
	KMEND_FILE_INCLUDED,	 /* a .c that others include */
	KMEND_FILE_SPECIAL,	 /* compiled for something that is not kernel code: vdso, boot, purgatory */
	KMEND_FILE_GENERATOR,	 /* what generated headers are made from */
	KMEND_FILE_OTHER,	 /* a file of a kind not known here, in a directory of the kernel */
	KMEND_FILE_BINARY,	 /* git's binary data */
	KMEND_FILE_RUST,	 /* Rust: of the kernel only where it is configured so */
	KMEND_FILE_OTHER_ARCH,	 /* of another processor architecture */
	KMEND_FILE_NO_CODE,	 /* documentation, tools, samples: no part of the kernel */
	KMEND_FILE_NEW,
	KMEND_FILE_DELETED,
	KMEND_FILE_RENAMED,
	KMEND_NR_FILE_CLASSES,
};

/* From the path alone; UNKNOWN for a .c or .S of the kernel. */
enum kmend_file_class kmend_classify_path(const char *path);

/* All files: by path, and what that leaves open by asking kbuild. ret_classes: one per path. */
int kmend_classify_files(const struct kmend_tree *tree, const struct kmend_strv *paths,
			 enum kmend_file_class *ret_classes, struct kmend_error *error);

/*
 * What the objects of these units are linked into, as kbuild says: "vmlinux", and modules' names as the kernel has them.
 * ret_targets: one list per unit, zeroed by the caller, who frees them (also on failure). FAILURE: a unit is in neither.
 */
int kmend_units_targets(const struct kmend_tree *tree, const struct kmend_strv *units, struct kmend_strv *ret_targets,
			struct kmend_error *error);

/* The same from kbuild's answer on one unit; none is added if it is in neither. */
struct kmend_kbuild_answer;
void kmend_answer_targets(const struct kmend_kbuild_answer *answer, struct kmend_strv *targets);

/* Is a change to such a file without effect on this kernel? */
bool kmend_class_is_ignored(enum kmend_file_class class);
/* A few words on what such a file is. */
const char *kmend_class_text(enum kmend_file_class class);

/* Add the reason why a change to such a file cannot be made into an update. */
void kmend_classify_reason(enum kmend_file_class class, const char *path, struct kmend_reason **reasons, size_t *count);

#endif
