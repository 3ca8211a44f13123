/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Verification: updates are applied to and reversed from the stock kernel they were made for, in virtual machines with
 * several processors and settings of the kernel's mitigations, each of which makes the kernel rewrite other places of
 * its code at boot. The machine this runs on is not touched.
 */
#ifndef KMEND_VERIFY_VERIFY_H
#define KMEND_VERIFY_VERIFY_H

#include <json-c/json.h>

#include "../base/progress.h"
#include "../container/container.h"

/* A machine to verify on. The table is in setting.c. */
struct kmend_verify_setting {
	const char *name;
	const char *cpu; /* QEMU's -cpu */
	unsigned int cpus;
	const char *append; /* on the kernel's command line */
	bool is_default;
	const char *why; /* what is different there */
};
extern const struct kmend_verify_setting kmend_verify_settings[]; /* ends with a NULL name */
/* By its name, or NULL. */
const struct kmend_verify_setting *kmend_verify_setting_find(const char *name);

/* What is to be verified, and how. All borrowed. */
struct kmend_verify_request {
	const char *const *files; /* containers, all for one kernel */
	size_t nr_files;
	const struct kmend_strv *bases; /* containers that are in force all the time, in the order they are applied */
	const struct kmend_verify_setting *const *settings;
	size_t nr_settings;
	const char *module;	       /* kmend.ko for that kernel, or NULL: it is found or built */
	const char *headers;	       /* the kernel's headers to build it with, or NULL: the distribution's package */
	const char *probe_before;      /* shell command that succeeds while the update is not in force, or NULL */
	const char *probe_after;       /* shell command that succeeds while it is, or NULL */
	const struct kmend_strv *with; /* programs and files for the probes, put into their working directory */
	const char *append;	       /* more for the kernel's command line, or NULL */
	const char *qemu;	       /* program */
	const char *data;	       /* kmend's data directory */
	const char *cache;
	const char *scratch;  /* an empty directory */
	unsigned int timeout; /* seconds that one thing asked of a guest may take */
	bool record;	      /* write the result into each container */
	/* One container is done: its result, of which the callback gets a reference of its own if it wants one. */
	void (*done)(void *context, const char *file, bool passed, struct json_object *result);
	void *context;
};

/* What a container's verification.json says: "passed on 2 machines". None of its own texts, which nobody vouches for. New
 * memory. */
char *kmend_verification_words(const char *verification);

/*
 * Verify. VERIFY_FAILED if some update did not pass (all are told through `done`); NO_QEMU, NO_KERNEL, NO_MODULE, DAMAGED,
 * OTHER_KERNEL (containers of several kernels) if it could not be tried.
 */
int kmend_verify(const struct kmend_verify_request *request, struct kmend_progress *progress,
		 struct kmend_error *error);

#endif
