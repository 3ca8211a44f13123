/* SPDX-License-Identifier: GPL-2.0 */
/* A task that is in code which is to be switched, as kmend.ko tells it (docs/kernel-interface.md: blockers). */
#ifndef KMEND_BASE_BLOCKER_H
#define KMEND_BASE_BLOCKER_H

/* "PID COMM FUNCTION", and what more is known of one, as a sentence without a full stop. New memory. */
char *kmend_blocker_text(const char *line);

#endif
