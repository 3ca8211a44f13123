/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of core/assess only. */
#ifndef KMEND_ASSESS_INTERNAL_H
#define KMEND_ASSESS_INTERNAL_H

#include "../base/str.h"
#include "assess.h"

/* Reasons found here, before they are judged. */
struct facts {
	struct kmend_reason *reasons;
	size_t nr_reasons;
};

/* Add one; returns it. */
struct kmend_reason *fact_add(struct facts *facts, const char *code, const char *unit, const char *symbol,
			      unsigned int line, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* waiver.c: the waiver that answers a reason, or NULL */
struct kmend_waiver *waiver_of(struct kmend_assessment *assessment, const struct kmend_reason *reason);

#endif
