/* SPDX-License-Identifier: GPL-2.0 */
/* What status and view share. */
#ifndef KMEND_CLI_LOOKING_H
#define KMEND_CLI_LOOKING_H

#include "report.h"

/* Why it stands so, in a few words, if there is more than the condition's text: refusal, blockers. New memory or NULL. */
char *kmend_situation_reason(const struct kmend_situation *situation);

/* "0.312 ms" or "". New memory. */
char *kmend_pause_text(uint64_t pause_ns);

#endif
