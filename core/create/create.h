/* SPDX-License-Identifier: GPL-2.0 */
/* From a diff to a container: named steps, each of which can be taken up again since what it made is cached. */
#ifndef KMEND_CREATE_CREATE_H
#define KMEND_CREATE_CREATE_H

#include "../assess/assess.h"
#include "../base/progress.h"
#include "../diff/delta.h"
#include "../kernel/tree.h"

/* How the update is to be switched. */
enum kmend_create_engine {
	KMEND_CREATE_ENGINE_VERDICT, /* "gradual" if some task never leaves what is replaced, and it can be; else "stop" */
	KMEND_CREATE_ENGINE_STOP,
	KMEND_CREATE_ENGINE_GRADUAL,
};

/* What the user wants. All strings borrowed. */
struct kmend_create_request {
	struct kmend_kernel_request kernel;
	const char *diff;	    /* file with a unified diff, or NULL: */
	const char *diff_extension; /* amended files lie beside the original ones in kernel.source, with this ending */
	const char *id;
	const char *description;
	const char *output;  /* file to write, or NULL: ID.kmend here */
	const char *scratch; /* an empty directory to work in; what is left in it is the caller's */
	const char *include; /* directory that holds kmend/abi.h and kmend/register.h */
	const char *cache;
	const char *erratum; /* or NULL */
	struct kmend_strv cves;
	struct kmend_strv waivers; /* "CODE[:SYMBOL]=TEXT": reasons that the author answers */
	enum kmend_create_engine engine;
	bool may_be_gradual; /* the author allows the engine "gradual" where the other one finds it busy each time */
	struct kmend_strv replaces; /* ids of the updates that this cumulative one takes the place of */
	struct kmend_strv bases;    /* containers of the updates to sit on, in the order they are applied */
	unsigned int jobs;
};

struct kmend_create_function {
	char *unit;
	char *name;
	char *change; /* "changed", "new", "removed"; "switched": it is a constant */
	char *why;    /* "changed": what differs first; else "" */
};

/* What came of it; also after a failure, as far as it went. */
struct kmend_create_result {
	char *path;	    /* the container */
	char *version;	    /* the kernel's package version */
	size_t module_size; /* bytes of the update modules */
	size_t size;	    /* bytes of the container */
	struct kmend_strv units;
	struct kmend_strv targets; /* what the update changes: "vmlinux", modules' names */
	struct kmend_strv ignored; /* touched files that have no effect on this kernel: "PATH: WHY" */
	struct kmend_create_function *functions;
	size_t nr_functions;
	struct kmend_assessment assessment; /* the verdict, and every reason */
};
void kmend_create_result_free(struct kmend_create_result *result);

/*
 * Judge a change without making an update: the steps up to the verdict. id, description and output are not needed.
 * A verdict against it is no error: see ret_result->assessment. Errors as for kmend_create() otherwise.
 */
int kmend_create_assess(const struct kmend_create_request *request, struct kmend_progress *progress,
			struct kmend_create_result *ret_result, struct kmend_error *error);

/*
 * Make an update. Needs no rights, and touches nothing but the cache, the scratch directory and the output.
 * Fails with a status of its own for each kind of bad input (core/base/error.h); then no output is written.
 */
int kmend_create(const struct kmend_create_request *request, struct kmend_progress *progress,
		 struct kmend_create_result *ret_result, struct kmend_error *error);

#endif
