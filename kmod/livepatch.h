/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's own livepatch, as the gradual engine uses it: a struct klp_patch made at run time from an update's tables.
 * Nothing here knows of states or hooks: gradual.c does.
 */
#ifndef KMEND_KMOD_LIVEPATCH_H
#define KMEND_KMOD_LIVEPATCH_H

#include <linux/types.h>

struct kmend_instance;
struct kmend_livepatch;
struct kmend_verdict;
struct task_struct;

/*
 * A patch of the functions to be replaced in all targets that are there; each is named as livepatch will look for it, and it
 * has been seen that it will find the very address that was matched. Refuses NOT_GRADUAL where something has no ftrace site.
 * May sleep. NULL without an error: no target with functions is there.
 */
int kmend_livepatch_new(struct kmend_instance *instance, struct kmend_livepatch **ret_livepatch,
			struct kmend_verdict *verdict);
/* Not while livepatch knows it. NULL does nothing. */
void kmend_livepatch_free(struct kmend_livepatch *livepatch);

/* Begin to switch. On failure livepatch has forgotten it. May sleep. */
int kmend_livepatch_enable(struct kmend_livepatch *livepatch, struct kmend_verdict *verdict);
/* Go the other way: from now on tasks leave, or come back. -EBUSY: another patch is just being switched. May sleep. */
int kmend_livepatch_turn(struct kmend_livepatch *livepatch, bool enabled);

/* Which way it goes, or went. */
bool kmend_livepatch_is_enabled(const struct kmend_livepatch *livepatch);
/* Are all tasks over? */
bool kmend_livepatch_is_over(struct kmend_livepatch *livepatch);
/* Is the task still to come over? Only while the patch is being switched. Never sleeps. */
bool kmend_livepatch_awaits(const struct kmend_livepatch *livepatch, const struct task_struct *task);
/*
 * It is over, and the patch is not enabled: wait until livepatch has let go of it. Return: false if somebody forced tasks
 * over, so that its code must never be freed. May sleep.
 */
bool kmend_livepatch_finish(struct kmend_livepatch *livepatch);

#endif
