/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the stack check (stack.c), the survey before it (survey.c), and the account of exiting tasks (exit.c) share.
 */
#ifndef KMEND_KMOD_STACK_H
#define KMEND_KMOD_STACK_H

#include "kmend.h"

enum kmend_scan {
	KMEND_SCAN_OUTSIDE,
	KMEND_SCAN_INSIDE,
	KMEND_SCAN_UNRELIABLE,
};

/* Unwind, as ORC knows the frames; the task does not run. INSIDE: *ret_address is where. */
enum kmend_scan kmend_stack_scan_frames(const struct kmend_stack_check *check, struct task_struct *task,
					unsigned long *ret_address);
void kmend_stack_note_blocker(struct kmend_stack_check *check, struct task_struct *task, unsigned long address);

/* ---- survey.c ---- */

/* Only within the stop, for each task of the list in turn: was it seen outside, and has it not run since? */
bool kmend_survey_covers(struct kmend_survey *survey, const struct task_struct *task);

/* ---- exit.c; only within the stop ---- */

/* Is this one of the tasks of kmend_exit_count_unseen(), and in the task list, so looked at like any other? */
bool kmend_exit_is_seen(const struct task_struct *task);
/* How many tasks are at the end of their exit and in no list, if `nr_seen` of those that are there are in the list. */
u32 kmend_exit_count_unseen(u32 nr_seen);

#endif /* KMEND_KMOD_STACK_H */
