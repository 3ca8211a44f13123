/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where each update stands: kernel x installed packages x record, as one condition out of one table. `kmend status` shows
 * it, `kmend reconcile` does what its row says; so the two can never disagree.
 */
#ifndef KMEND_APPLY_SITUATION_H
#define KMEND_APPLY_SITUATION_H

#include "apply.h"

/* What mends a condition. */
enum kmend_action {
	KMEND_ACTION_NONE,
	KMEND_ACTION_APPLY,
	KMEND_ACTION_UNDO,
	KMEND_ACTION_UNLOAD, /* a half-loaded module leaves; then the record is put right */
	KMEND_ACTION_RECORD, /* only the record is wrong */
};

/*
 * X(id, name, exit status, action, text). BUSY: kmend mends it by itself; REFUSED: somebody has to look. The names of
 * what is in force begin with "applied", and no other line of `kmend status` has that word: scripts look for it.
 */
#define KMEND_CONDITIONS(X)                                                                                            \
	X(LIVE, "applied", OK, NONE, "in force")                                                                       \
	X(LIVE_BY_HAND, "applied-by-hand", OK, NONE, "in force; no package owns it")                                   \
	X(LIVE_PARTLY, "applied-partly", REFUSED, NONE, "in force, but not in a module that came and was refused")     \
	X(LIVE_CHANGING, "applied-changing", BUSY, NONE, "in force; a run of kmend that is at work now changes it")    \
	X(LIVE_LATE, "applied-late", BUSY, NONE, "in force, but not yet in a module that came meanwhile")              \
	X(LIVE_UNRECORDED, "applied-unrecorded", BUSY, RECORD, "in force; the run that did it was interrupted")        \
	X(LIVE_DAMAGED, "applied-damaged", REFUSED, NONE, "in force, but its installed files are damaged")             \
	X(SWITCHING, "switching", BUSY, NONE, "being put in force, task by task")                                      \
	X(TURNING_BACK, "reversing", BUSY, NONE, "being undone, task by task")                                         \
	X(CHANGED, "applied-changed", BUSY, APPLY, "another build of it is in force than is installed")                \
	X(PACKAGE_GONE, "applied-package-gone", BUSY, UNDO, "in force, but its package is not installed any more")     \
	X(UNDO_INTERRUPTED, "applied-undo-interrupted", BUSY, UNDO, "in force; the run that undid it was interrupted") \
	X(CHANGING, "changing", BUSY, NONE, "not in force; a run of kmend that is at work now changes it")             \
	X(PENDING, "pending", BUSY, APPLY, "waits; it is tried again by itself")                                       \
	X(MISSED, "missed", BUSY, APPLY, "installed, but not put in force since the machine was booted")               \
	X(INTERRUPTED, "interrupted", BUSY, APPLY, "not in force; the run that was to change it was interrupted")      \
	X(REFUSED, "refused", REFUSED, NONE, "refused; not tried again by itself before the next boot")                \
	X(SUSPECT, "suspect", REFUSED, NONE,                                                                           \
	  "not applied: the machine died, or lost its power, within a minute of applying it")                          \
	X(DAMAGED, "damaged", REFUSED, NONE, "not in force; its installed files are damaged")                          \
	X(REPLACED, "replaced", OK, NONE, "its place was taken by a cumulative update that is in force")               \
	X(HELD, "held", OK, NONE, "undone; stays out until the next boot or 'kmend apply'")                            \
	X(SWITCHED_OFF, "switched-off", OK, NONE, "installed, but kmend is switched off")                              \
	X(OTHER_KERNEL, "other-kernel", OK, NONE, "installed for another kernel than the running one")                 \
	X(INERT, "inert", OK, NONE, "undone; its code stays in memory until the next boot, unused")                    \
	X(HALF_LOADED, "half-loaded", BUSY, UNLOAD, "its module is loaded, but nobody wants it")                       \
	X(ABANDONED, "abandoned", BUSY, UNLOAD, "not in force; the run that was to change it was interrupted")         \
	X(REBOOTED, "rebooted", BUSY, RECORD, "was in force before the reboot; not installed for the running kernel")  \
	X(PAST, "past", OK, NONE, "neither installed nor in force")

enum kmend_condition {
#define KMEND_CONDITION_ENUM(id, name, status, action, text) KMEND_CONDITION_##id,
	KMEND_CONDITIONS(KMEND_CONDITION_ENUM)
#undef KMEND_CONDITION_ENUM
		KMEND_NR_CONDITIONS
};

struct kmend_condition_row {
	const char *name;
	enum kmend_status status;
	enum kmend_action action;
	const char *text;
};
const struct kmend_condition_row *kmend_condition_row(enum kmend_condition condition);

/* One update of one kernel. */
struct kmend_situation {
	char *id;
	char *release;
	enum kmend_condition condition;
	const struct kmend_installed *installed; /* belongs to the picture, or NULL */
	struct kmend_live *live;		 /* or NULL */
	struct kmend_record *record;		 /* or NULL */
};

/* The whole picture. Zero-initialise; kmend_picture_clear(). */
struct kmend_picture {
	char *module_version;		  /* of the loaded kmend.ko, or NULL */
	const char *switched_off;	  /* why, or NULL */
	bool at_work;			  /* another run of kmend holds the lock */
	struct kmend_installed_list list; /* of all kernels */
	struct kmend_situation *items;	  /* running kernel first */
	size_t count;
	struct kmend_strv warnings; /* damaged records, ... */
};
void kmend_picture_clear(struct kmend_picture *picture);
#define _cleanup_picture_ _cleanup_(kmend_picture_clear)

/* Look at everything. Needs no root, changes nothing (but sets damaged records aside if it may). */
int kmend_picture_take(const struct kmend_machine *machine, struct kmend_picture *ret_picture,
		       struct kmend_error *error);

/* The situation of an id, the running kernel's first; or NULL. */
struct kmend_situation *kmend_picture_find(struct kmend_picture *picture, const char *id);

/* Is it in force, by the kernel's word? */
bool kmend_situation_is_applied(const struct kmend_situation *situation);

/* Worst status of all: REFUSED over BUSY over OK. */
enum kmend_status kmend_picture_status(const struct kmend_picture *picture);

/* Is it worth a line in a list? (All but PAST.) */
bool kmend_situation_is_shown(const struct kmend_situation *situation);

/* One step of kmend reconcile. */
struct kmend_step {
	struct kmend_result result;
	enum kmend_condition condition; /* before */
	enum kmend_action action;
	struct kmend_error error; /* status OK: done */
};

struct kmend_step_list {
	struct kmend_step *items;
	size_t count;
};
void kmend_step_list_clear(struct kmend_step_list *list);

/*
 * Make the kernel follow what is installed; the caller holds the lock. Undoes first (newest first), then applies in order.
 * A step that fails does not stop the others: see each step's error. dry_run: steps are listed, not taken.
 * Returns an error only if nothing could be looked at.
 */
int kmend_reconcile(const struct kmend_machine *machine, const struct kmend_apply_options *options,
		    struct kmend_step_list *ret_steps, struct kmend_error *error);

const char *kmend_action_name(enum kmend_action action);

#endif
