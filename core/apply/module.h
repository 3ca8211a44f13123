/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel modules in and out, by libkmod. */
#ifndef KMEND_APPLY_MODULE_H
#define KMEND_APPLY_MODULE_H

#include "machine.h"

/* kmend.ko for the running kernel: DKMS's or the distribution's in /lib/modules first, then the prebuilt one. */
int kmend_module_find(const struct kmend_machine *machine, char **ret_path, struct kmend_error *error);

/* Load kmend.ko if it is not loaded. *ret_loaded: it was loaded now. NO_MODULE or REFUSED with what to do. */
int kmend_module_need(const struct kmend_machine *machine, bool *ret_loaded, struct kmend_error *error);

/* Is a module of that name loaded? */
bool kmend_module_is_loaded(const struct kmend_machine *machine, const char *name);

/* Insert a module file. Returns the loader's errno; never fills an error (the caller knows better why). */
int kmend_module_insert(const struct kmend_machine *machine, const char *path);

/* Remove a module; waits up to a second for its last user to leave. -ENOENT: it is not loaded. */
int kmend_module_remove(const struct kmend_machine *machine, const char *name, struct kmend_error *error);

#endif
