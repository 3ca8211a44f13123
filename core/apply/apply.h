/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The verbs of transition: apply an update to the running kernel, undo it.
 *
 * What one update goes through, and what a crash (SIGKILL, power) at each place leaves. A cut of power also empties the
 * kernel, so then only the record counts, and its boot id tells that it is of another boot.
 *
 *    place          record       kernel          what kmend reconcile does
 *    -------------  -----------  --------------  --------------------------------------------------------------
 *    before         (old)        absent          as the package database says
 *  1 record begun   applying     absent          installed: applies it; by hand: record -> reversed (interrupted)
 *  2 kmend.ko in    applying     absent          the same
 *  3 update in      applying     ready           the same; the half-loaded module leaves first
 *  4 switched       applying     applied         record -> applied
 *  5 record done    applied      applied         nothing
 *  - busy, gave up  applying     ready | absent  as 3 (then: pending, tried again)
 *  - refused        applying     refused|absent  as 1 (then: refused, not tried again in this boot)
 *  6 undo begun     reversing    applied         installed: record -> applied; package gone or by hand: undoes it
 *  7 switched back  reversing    ready           unloads; record -> reversed
 *  8 unloaded       reversing    absent          record -> reversed
 *  9 record done    reversed     absent          nothing; an installed one stays out until the next boot or apply
 *
 * A write to the kernel is one system call: a signal cannot end the caller within it, so 3/4 and 6/7 have no middle.
 */
#ifndef KMEND_APPLY_APPLY_H
#define KMEND_APPLY_APPLY_H

#include <signal.h>

#include "../base/progress.h"
#include "../record/record.h"
#include "installed.h"
#include "live.h"

#define KMEND_DEFAULT_RETRIES 5

/* How long a switch task by task is waited for, if nothing else is said: longer than the kernel leaves sleepers alone. */
#define KMEND_GRADUAL_PATIENCE_MS 60000

/* Which engine is to apply it. */
enum kmend_engine_choice {
	KMEND_CHOICE_UPDATE, /* what the update asks for; where it allows both, "gradual" when it was busy each time */
	KMEND_CHOICE_STOP,
	KMEND_CHOICE_GRADUAL,
};

struct kmend_apply_options {
	struct kmend_progress *progress;
	unsigned int retries;	 /* after a busy first try; pauses 0.5, 1, 2, 3, 4, 4 … s */
	unsigned int timeout_ms; /* no new try after that long; 0: no limit. Gradual: not waited longer */
	enum kmend_engine_choice engine;
	bool dry_run;			     /* load, match, check; switch nothing, record nothing, unload */
	bool replace;			     /* another build of the same id is in force: undo that one first */
	const volatile sig_atomic_t *cancel; /* stops waiting when it becomes non-zero; may be NULL */
};

enum kmend_outcome {
	KMEND_OUTCOME_FAILED,	       /* the system failed; see the error */
	KMEND_OUTCOME_APPLIED,	       /* switched now */
	KMEND_OUTCOME_ALREADY_APPLIED, /* nothing to do */
	KMEND_OUTCOME_CHECKED,	       /* dry run: it could be done now */
	KMEND_OUTCOME_PENDING,	       /* busy, or kmend.ko missing: the timer tries again */
	KMEND_OUTCOME_BUSY,	       /* busy, and nobody tries again by himself */
	KMEND_OUTCOME_REFUSED,
	KMEND_OUTCOME_REVERSED,	   /* switched back now */
	KMEND_OUTCOME_NOT_APPLIED, /* undo: nothing to do */
	KMEND_OUTCOME_SWITCHING,   /* tasks go over one by one, and some have not yet */
	KMEND_OUTCOME_REPLACED,	   /* nothing to do: a cumulative update that is in force takes its place */
	KMEND_OUTCOME_SKIPPED,	   /* not for this kernel, switched off, ... */
};
const char *kmend_outcome_name(enum kmend_outcome outcome);

/* What came out, also on failure. Zero-initialise; kmend_result_clear(). */
struct kmend_result {
	char *id;
	enum kmend_outcome outcome;
	char *refusal; /* "NAME: DETAIL" or NULL */
	struct kmend_strv
		blockers; /* "PID COMM FUNCTION OFFSET SECONDS" of the last try, or of those still to come over */
	struct kmend_strv functions; /* "UNIT FUNCTION ADDRESS SIZE" */
	struct kmend_strv targets;   /* "NAME STATE" */
	unsigned int attempts;
	uint64_t pause_ns;
	struct kmend_strv replaced; /* updates whose place it took now */
	char *engine;		    /* "stop", "gradual"; NULL: it was never asked for */
	uint64_t remaining;	    /* tasks still to come over */
	bool stays_loaded;	    /* undone, but its code stays in memory until reboot */
};
void kmend_result_clear(struct kmend_result *result);

/*
 * Apply. The caller holds the lock. Errors: OTHER_KERNEL, DUPLICATE_ID, NO_MODULE, BUSY, REFUSED, DISK_FULL, FAILURE; in
 * all of them the kernel is as it was, but for REFUSED with the outcome APPLIED: in force, though not in a module of
 * another build; and BUSY with the outcome SWITCHING: tasks go over one by one, and not all have in time; that goes on by
 * itself. Success is told only after the record is durable.
 */
int kmend_apply(const struct kmend_machine *machine, const struct kmend_material *material,
		const struct kmend_apply_options *options, struct kmend_result *result, struct kmend_error *error);

/*
 * Undo; needs nothing of the update but its id. The caller holds the lock. Not applied is success (NOT_APPLIED) if the
 * id is `known` (installed) or recorded, else UNKNOWN_ID. BUSY, REFUSED: it is still in force. What was switched
 * task by task and is not back in time is turned round again.
 */
int kmend_undo(const struct kmend_machine *machine, const char *id, bool known,
	       const struct kmend_apply_options *options, struct kmend_result *result, struct kmend_error *error);

/* Remove a loaded update that is not in force, unless it must stay. Success if there is none. */
int kmend_unload(const struct kmend_machine *machine, const char *id, struct kmend_error *error);

/* Remove kmend.ko if it serves no update any more. Failure is no matter: it is small and harmless. */
void kmend_unload_if_unused(const struct kmend_machine *machine);

/* A record of this boot, of now. Owned by the caller. Everything is copied; a NULL text becomes "". */
struct kmend_record *kmend_record_of(const struct kmend_machine *machine, const char *id, const char *version,
				     const struct kmend_strv *modules, const char *digest, const char *package);

/* Change state and refusal (NULL: none), and write it. */
int kmend_record_set(const struct kmend_machine *machine, struct kmend_record *record, enum kmend_record_state state,
		     const char *refusal, struct kmend_error *error);

/*
 * Was it undone while just those files were there that are there now? Then that is somebody's wish. Other files have come
 * since where the package was removed, which undid it, and is now being installed again.
 */
bool kmend_record_is_wish(const struct kmend_machine *machine, const struct kmend_record *record);

#endif
