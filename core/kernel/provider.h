/* SPDX-License-Identifier: GPL-2.0 */
/* Who in the running kernel has a name that others can refer to, as the objects of its units say. */
#ifndef KMEND_KERNEL_PROVIDER_H
#define KMEND_KERNEL_PROVIDER_H

#include "tree.h"

enum kmend_provider_answer {
	KMEND_PROVIDER_UNKNOWN, /* it may be made by a macro, a generator or the linker: nothing is known */
	KMEND_PROVIDER_THERE,	/* a unit of the target defines it, or refers to it, so that it was linked */
	KMEND_PROVIDER_PRIVATE, /* only as something of a unit's own (static) */
	KMEND_PROVIDER_NOWHERE, /* no unit of the target has it */
};

/* One question and its answer. */
struct kmend_provider {
	const char *name;
	const char *target; /* "vmlinux", or a module's name as the kernel has it */
	const char *unit;   /* that refers to it, or defines it weakly: its surroundings are searched first */
	bool is_strong;	    /* only a definition counts that a weak one gives way to: THERE, or NOWHERE */
	enum kmend_provider_answer answer;
	char *where; /* PRIVATE, or strong: the unit that has it (owned) */
};

/*
 * Answer one question. All sources of the kernel that mention the name are found by their text, kbuild is asked which of them
 * the target is made of, and these are compiled as the kernel was (cached): what is said of the name is said of objects.
 */
int kmend_provider_find(const struct kmend_tree *tree, const char *cache, unsigned int jobs,
			struct kmend_progress *progress, struct kmend_provider *provider, struct kmend_error *error);

struct kmend_object;
/* Does an object define the name so that weak definitions of others give way to it? */
bool kmend_provider_is_strong(const struct kmend_object *object, const char *name);
/* What an object says of a name; UNKNOWN: nothing. */
enum kmend_provider_answer kmend_provider_of_object(const struct kmend_object *object, const char *name);

#endif
