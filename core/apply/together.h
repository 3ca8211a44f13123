/* SPDX-License-Identifier: GPL-2.0 */
/* Applying several updates in one stop. */
#ifndef KMEND_APPLY_TOGETHER_H
#define KMEND_APPLY_TOGETHER_H

#include "apply.h"

#define KMEND_MOST_TOGETHER 200 /* below what kmod/sysfs.c takes at once */

/*
 * Apply updates none of which is in the kernel, all in one stop, or none. On failure everything is as it was, and the
 * caller goes on one by one, which tells who is in the way; `error` may be unset. results: one each, filled on success;
 * if `error` is set then, all are in force, but the first one whose record could not be written is told: reconcile writes it.
 */
int kmend_apply_together(const struct kmend_machine *machine, struct kmend_material *const *materials, size_t count,
			 struct kmend_result *results, struct kmend_error *error);

#endif
