/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Named steps with elapsed time on standard error: a live line on a terminal, one line per finished step elsewhere.
 * The sink is chosen by the command line; libraries only call these.
 */
#ifndef KMEND_BASE_PROGRESS_H
#define KMEND_BASE_PROGRESS_H

#include <stddef.h>
#include <stdio.h>

struct kmend_progress; /* one per command */

/* @stream: where to, or NULL for silence (--quiet, --json). Owned by the caller: kmend_progress_free(). */
struct kmend_progress *kmend_progress_new(FILE *stream);
void kmend_progress_free(struct kmend_progress *progress);

/* Begin a step; `what` says in a few words what it does. An unfinished step is ended first. progress may be NULL. */
void kmend_step_begin(struct kmend_progress *progress, const char *name, const char *what);
/* Change the live text; total 0: no count. */
void kmend_step_update(struct kmend_progress *progress, const char *text, size_t done, size_t total);
/*
 * The same for things of which each takes about as long: with the time that is left, as those done tell; until the first one
 * is, the caller's guess (seconds, for all). What may take long is announced beforehand, also where there is no live text.
 */
void kmend_step_count(struct kmend_progress *progress, const char *text, size_t done, size_t total, double guess);
/* End it with a few words on the result ("1 unit", "cached"). */
void kmend_step_end(struct kmend_progress *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* End it as failed. */
void kmend_step_fail(struct kmend_progress *progress);

/* Seconds the steps took, for `make bench` and --json: name and seconds of step i, or NULL behind the last. */
const char *kmend_step_name(const struct kmend_progress *progress, size_t i, double *ret_seconds);

#endif
