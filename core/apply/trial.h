/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guard against crash loops. Before a switch the update is noted on disk; a minute later, or when the machine is
 * shut down in order, the note goes (kmend-settle.service). A note of another boot says that the machine died within that
 * minute: the update is suspect, and only a person, or another build of it, has it applied again.
 */
#ifndef KMEND_APPLY_TRIAL_H
#define KMEND_APPLY_TRIAL_H

#include "machine.h"

/* Note it, durably; what was noted of the same update before goes. */
int kmend_trial_begin(const struct kmend_machine *machine, const char *id, const char *digest,
		      struct kmend_error *error);

/* The switch did not happen, or a person says that it may be tried: it is under no suspicion. */
void kmend_trial_forget(const struct kmend_machine *machine, const char *id);

/* This boot has lived on. Notes of other boots stay. */
int kmend_trial_settle(const struct kmend_machine *machine, struct kmend_error *error);

/* Did the machine die within a minute of applying this build? */
bool kmend_trial_is_suspect(const struct kmend_machine *machine, const char *id, const char *digest);

#endif
