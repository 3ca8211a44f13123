/* SPDX-License-Identifier: GPL-2.0 */
/* The history: a line for each thing that was done, oldest first. For people; nothing is decided by it. */
#ifndef KMEND_APPLY_HISTORY_H
#define KMEND_APPLY_HISTORY_H

#include "../record/record.h"
#include "machine.h"

struct kmend_event {
	int64_t time;
	char *boot_id;
	char *id;
	char *state; /* of the record: "applied", "reversed", … */
	char *release;
	uint64_t pause_ns;
	char *refusal; /* "NAME: DETAIL" or "" */
};

struct kmend_history {
	struct kmend_event *events;
	size_t count;
};
void kmend_history_free(struct kmend_history *history);

/* Add what a record now says. Failure is no matter. */
void kmend_history_add(const struct kmend_machine *machine, const struct kmend_record *record);

/* What is there; lines that are none are skipped. Never fails for want of a history. */
int kmend_history_read(const struct kmend_machine *machine, struct kmend_history *ret_history,
		       struct kmend_error *error);
void kmend_history_parse(const char *text, size_t size, struct kmend_history *history);

#endif
