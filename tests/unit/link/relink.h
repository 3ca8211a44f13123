/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What must hold of linking, whatever the unit: let nothing change, yet have every function replaced. Then each copy must
 * refer to exactly what the running function refers to, field by field.
 */
#ifndef RELINK_H
#define RELINK_H

#include "core/link/link.h"

struct relink_count {
	size_t functions; /* compared */
	size_t others;	  /* not byte for byte the running function (split code has longer jumps), so not compared */
	size_t fields;
	size_t wrong; /* each one was printed */
};

/* `delta`: of a unit whose post is its pre. Errors: it cannot be linked at all. */
int relink(struct kmend_delta *delta, const struct kmend_exports *exports, struct relink_count *ret_count,
	   struct kmend_error *error);

#endif
