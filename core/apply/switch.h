/* SPDX-License-Identifier: GPL-2.0 */
/* Asking the kernel to switch, again while it is busy. Internal to core/apply. */
#ifndef KMEND_APPLY_SWITCH_H
#define KMEND_APPLY_SWITCH_H

#include "apply.h"

/*
 * Write `value` to ID/`file` ("apply" or "reverse") until it succeeds, is refused, or patience ends. Fills attempts,
 * blockers, refusal, pause and functions of the result. Returns the kernel's errno.
 */
int kmend_switch(const struct kmend_machine *machine, const char *id, const char *file,
		 const struct kmend_apply_options *options, struct kmend_result *result);

/*
 * -EINPROGRESS of kmend_switch(): tasks go over one by one, and some have not in the time allowed. As an error: BUSY, with
 * those that are known as detail. @what: "being applied", ...
 */
int kmend_switch_unfinished(const char *id, const char *what, const struct kmend_result *result,
			    struct kmend_error *error);

/* Turn what kmend_switch() left in the result into an error: BUSY with the blockers as detail, or REFUSED. */
int kmend_switch_error(const char *id, const char *verb, int code, const struct kmend_result *result,
		       struct kmend_error *error);

#endif
