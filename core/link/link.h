/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Emitting the update module: replacement code, pre code with fields, sites and forms, symbols, relocations
 * (include/kmend/abi.h) as one relocatable object, then the module around it by kbuild.
 */
#ifndef KMEND_LINK_LINK_H
#define KMEND_LINK_LINK_H

#include "../diff/delta.h"

/* What is exported to modules, from Module.symvers. */
struct kmend_exports;
int kmend_exports_read(const char *path, struct kmend_exports **ret_exports, struct kmend_error *error);
void kmend_exports_free(struct kmend_exports *exports);
/* Is it exported by vmlinux? *ret_namespace: its namespace or "" (owned by exports). */
bool kmend_exports_has(const struct kmend_exports *exports, const char *symbol, const char **ret_namespace);
/* Who exports it: "vmlinux", or a module's name as the kernel has it; NULL: nobody. Owned by exports. */
const char *kmend_exports_owner(const struct kmend_exports *exports, const char *symbol);

/* An earlier update that this one is built on top of. Borrowed. */
struct kmend_link_base {
	const char *id;
	const char *digest;			   /* hex SHA-256 over the GNU build ids of its parts, in their order */
	bool escapes;				   /* it stays in memory after its reversal */
	const struct kmend_object *const *modules; /* its parts' update modules */
	size_t nr_modules;
};

/* What the change itself exports, so the running kernel does not: the module loader cannot know it, but its owner is known. */
struct kmend_link_import {
	char *name;
	char *owner; /* "vmlinux", or a module's name as the kernel has it */
};

struct kmend_link_input {
	const char *id;
	const char *description;
	const char *release;
	const char *version;
	const char *target;		   /* "vmlinux", or a module's name as the kernel has it; NULL: vmlinux */
	size_t part, nr_parts;		   /* which of the update's parts this is, from 0; nr_parts 0: the only one */
	struct kmend_delta *const *deltas; /* the target's units, without reasons */
	size_t nr_deltas;
	struct kmend_delta *const *all_deltas; /* those of all parts */
	size_t nr_all_deltas;
	bool escapes;	/* another part does: see kmend_link_result */
	uint32_t flags; /* KMEND_UPDATE_GRADUAL, KMEND_UPDATE_MAY_BE_GRADUAL */
	const struct kmend_strv
		*replaces; /* ids of the updates that this cumulative one takes the place of; may be NULL */
	const struct kmend_exports *exports;
	const struct kmend_link_import *imports;
	size_t nr_imports;
	const struct kmend_link_base *bases; /* in the order they are applied */
	size_t nr_bases;
	struct kmend_delta *const *base_deltas; /* what all bases together did, one per unit of theirs */
	size_t nr_base_deltas;
	bool matches_all; /* match every function of the units, not only those that teach something needed: for tests */
};

/* What new code refers to by name, and nothing at hand proves to be there: not the exports, not what runs of the units. */
struct kmend_link_outside {
	char *name;
	const char *unit; /* the delta's */
	char *from;	  /* function or datum */
};

struct kmend_link_result {
	struct kmend_strv namespaces; /* of the exported symbols used: MODULE_IMPORT_NS */
	bool escapes;		      /* KMEND_UPDATE_ESCAPES */
	bool replaces;		      /* it replaces a function that runs now */
	char *not_gradual;	      /* why it cannot be switched task by task, or NULL */
	struct kmend_reason *reasons; /* what came up while linking; not empty: nothing was written */
	size_t nr_reasons;
	struct kmend_reason *notes; /* what is only told: code "escapes", one for each address that may escape */
	size_t nr_notes;
	struct kmend_link_outside *outside; /* each name once */
	size_t nr_outside;
};
void kmend_link_result_free(struct kmend_link_result *result);

/* Write the object to `path`. Reproducible: the same input gives the same bytes. */
int kmend_link_object(const struct kmend_link_input *input, const char *path, struct kmend_link_result *ret_result,
		      struct kmend_error *error);

/*
 * Build the update module from that object by kbuild, in `directory` (emptied first), against a prepared kernel build
 * tree with Module.symvers. @include: directory that has kmend/abi.h and kmend/register.h.
 * *ret_path (new memory): the .ko, stripped of debug information, unsigned.
 */
int kmend_link_module(const struct kmend_link_input *input, const struct kmend_link_result *result, const char *object,
		      const char *build_tree, const char *make_arguments, const char *directory, const char *include,
		      char **ret_path, struct kmend_error *error);

#endif
