/* SPDX-License-Identifier: GPL-2.0 */
/* What each reason's code means for the verdict, and what to do about it: one table for all steps that find reasons. */
#ifndef KMEND_ASSESS_REASONS_H
#define KMEND_ASSESS_REASONS_H

#include <stdbool.h>

#include "../base/reason.h"

enum kmend_reason_kind {
	KMEND_REASON_NOTE,	 /* worth knowing; nothing needs to be done */
	KMEND_REASON_NEEDS_HOOK, /* needs code of the author's, or a word that it does not (--waive) */
	KMEND_REASON_BLOCKS,	 /* cannot be made into an update, whatever the author says */
	KMEND_NR_REASON_KINDS,
};

struct kmend_reason_row {
	const char *code;
	enum kmend_reason_kind kind;
	const char *text;   /* what it means, in one line */
	const char *advice; /* what to do; "" for some notes */
	/* NEEDS_HOOK: what does not answer it. With both the diff itself must be written in another way. */
	bool not_by_hook;
	bool not_by_waiver;
};

/* The row of a code. Never NULL: a code without a row blocks. */
const struct kmend_reason_row *kmend_reason_row(const char *code);
/* Is there a row of exactly this code? */
bool kmend_reason_is_known(const char *code);
/* Row i of the table, NULL behind the last. */
const struct kmend_reason_row *kmend_reason_row_at(unsigned int i);
const char *kmend_reason_kind_name(enum kmend_reason_kind kind); /* "note", "needs-hook", "blocks" */

#endif
