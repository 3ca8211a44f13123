/* SPDX-License-Identifier: GPL-2.0 */
/* Child processes: no shell, output captured, ended with their parent. */
#ifndef KMEND_BASE_CHILD_H
#define KMEND_BASE_CHILD_H

#include "error.h"
#include "str.h"

struct kmend_child {
	const char *const *argv;	/* NULL-terminated; argv[0] is looked up in PATH */
	const char *directory;		/* where to run it, or NULL */
	const char *const *environment; /* further NAME=VALUE, NULL-terminated, or NULL */
	const char *input_path;		/* standard input, or NULL for /dev/null */
	struct kmend_buffer *output;	/* gets standard output, or NULL for /dev/null */
	struct kmend_buffer
		*errors; /* gets standard error; the same buffer as output merges them; NULL for /dev/null */
	void (*tick)(void *context); /* called about twice a second while the child runs, to show progress; or NULL */
	void *tick_context;
	bool no_progress; /* unused by the library; for callers */
};

/*
 * Run a child to its end.
 * Returns its exit status (0..255), 128 + signal if it was killed, or a negative errno with error filled if it could
 * not be started. A daemon which the child leaves behind is not waited for, nor what it writes.
 */
int kmend_child_run(const struct kmend_child *child, struct kmend_error *error);

/* Run; anything but exit status 0 is a FAILURE whose detail is the child's standard error. */
int kmend_child_check(const struct kmend_child *child, struct kmend_error *error);

/*
 * Run `count` children, at most `jobs` at a time. Stops starting new ones after the first failure (status not 0),
 * waits for those that run. ret_status[i]: as kmend_child_run(), -ECANCELED if never started.
 * @done: called after each end, with the number of ended ones; may be NULL.
 */
int kmend_child_run_all(const struct kmend_child *children, size_t count, unsigned int jobs, int *ret_status,
			void (*done)(void *context, size_t ended), void *context, struct kmend_error *error);

#endif
