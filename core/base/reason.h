/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reasons: facts seen in a change that bear on whether it can be made into an update. Every step that finds one adds it
 * to its list; what a code means, and what to do about it, is a row of core/assess/reasons.c.
 */
#ifndef KMEND_BASE_REASON_H
#define KMEND_BASE_REASON_H

#include <stddef.h>

struct kmend_reason {
	const char *code;  /* static: "init-code", "data-changed", "assembly", ... */
	char *text;	   /* one line: file, function or datum, what was seen */
	char *advice;	   /* "": that of the code's row */
	char *unit;	   /* file it was seen in, or NULL */
	char *symbol;	   /* function, datum or type it is about, or NULL: about the whole file */
	unsigned int line; /* in that file as the kernel has it, or 0 */
};

/* Add a reason and return it, to be filled in further. `code` is static; text and advice (may be "") are copied. */
struct kmend_reason *kmend_reason_add(struct kmend_reason **reasons, size_t *count, const char *code, const char *text,
				      const char *advice);
/* Say what it is about; both are copied, NULL leaves it open. */
void kmend_reason_about(struct kmend_reason *reason, const char *unit, const char *symbol, unsigned int line);
/* A copy with everything in it. */
struct kmend_reason *kmend_reason_copy(struct kmend_reason **reasons, size_t *count, const struct kmend_reason *from);
/* Free what one reason owns, not the reason. */
void kmend_reason_clear(struct kmend_reason *reason);
void kmend_reasons_free(struct kmend_reason *reasons, size_t count);

#endif
