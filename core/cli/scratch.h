/* SPDX-License-Identifier: GPL-2.0 */
/* The working directory of a long command, which goes away with it: at its end, and when a signal ends it. */
#ifndef KMEND_CLI_SCRATCH_H
#define KMEND_CLI_SCRATCH_H

#include "../base/error.h"

/*
 * Make it: `keep` (created if absent; must be empty) or, if NULL, a temporary directory that is removed later.
 * *ret_path: absolute, new memory. One per process.
 */
int kmend_scratch_make(const char *keep, char **ret_path, struct kmend_error *error);

/* Remove it, unless it is to be kept. */
void kmend_scratch_remove(void);

#endif
