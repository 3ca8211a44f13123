/* SPDX-License-Identifier: GPL-2.0 */
/* Refusals as texts: the kernel's (abi.h), and the applier's own. */
#ifndef KMEND_APPLY_REFUSAL_H
#define KMEND_APPLY_REFUSAL_H

#include <stdbool.h>

#include "../base/error.h"

struct kmend_refusal_row {
	const char *name;
	const char *text;
	const char *advice;
};

/* The row of "NAME: DETAIL" or "NAME"; never NULL: an unknown name gets a general row. *ret_detail: within `refusal`. */
const struct kmend_refusal_row *kmend_refusal_find(const char *refusal, const char **ret_detail);

/* May the same try succeed a little later, with nobody doing anything? */
bool kmend_refusal_is_transient(const char *refusal);

/* Why the module loader refused, when kmend.ko did not say: "NAME: DETAIL". New memory. @code: negative errno. */
char *kmend_refusal_of_loader(int code);

/* Fill an error from a refusal: REFUSED, or BUSY for a busy one. */
int kmend_fail_refused(struct kmend_error *error, const char *what, const char *refusal);

#endif
