/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of core/elf only. */
#ifndef KMEND_ELF_INTERNAL_H
#define KMEND_ELF_INTERNAL_H

#include "object.h"

/* Build the orders that the look-ups need, once everything is read. */
void kmend_object_index(struct kmend_object *object);

#endif
