/* SPDX-License-Identifier: GPL-2.0 */
/* A small legal manifest and container, for tests to damage. */
#ifndef KMEND_TESTS_SAMPLE_H
#define KMEND_TESTS_SAMPLE_H

#include "core/container/container.h"

struct kmend_container *sample_container(const char *id); /* owned by the caller; of one part, of vmlinux */
/* A further part of it, with a unit and a function. */
void sample_add_part(struct kmend_container *container, const char *target);

#endif
