/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel configurations as text. */
#ifndef KMEND_KERNEL_CONFIG_H
#define KMEND_KERNEL_CONFIG_H

#include "../base/error.h"
#include "../base/str.h"

/* Value of a symbol ("y", "120200", text without its quotes); NULL: not set. New memory. */
char *kmend_config_value(const char *config, const char *symbol);

/*
 * The configuration with symbols added that the distribution's build machine could not set, but this one would: so
 * that they stay off. New memory.
 */
char *kmend_config_pin(const char *config);

/*
 * Compare what the distribution built with and what was made here. Comments and "is not set" do not count, nor do the
 * symbols that only describe the build machine. 0: equal; else a filled error with the lines that differ.
 */
int kmend_config_compare(const char *theirs, const char *ours, struct kmend_error *error);

#endif
