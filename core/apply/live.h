/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel says about updates: /sys/kernel/kmend read and written. The kernel is the truth on what is live. */
#ifndef KMEND_APPLY_LIVE_H
#define KMEND_APPLY_LIVE_H

#include <stdint.h>

#include <kmend/abi.h>

#include "../base/str.h"
#include "machine.h"

/* One update as the kernel sees it. */
struct kmend_live {
	char *id;
	enum kmend_state state;
	char *refusal;		   /* "NAME: DETAIL" of the last attempt, or "" */
	struct kmend_strv modules; /* names of the update modules, by part */
	char *description;
	struct kmend_strv blockers;  /* "PID COMM FUNCTION OFFSET SECONDS" */
	struct kmend_strv functions; /* "UNIT FUNCTION ADDRESS SIZE" */
	/* "NAME STATE"; STATE: loaded, armed (it is not there yet), late (it is, but not switched yet), "refused WHY: DETAIL" */
	struct kmend_strv targets;
	uint64_t pause_ns;	    /* 0: it was never switched since its module was loaded */
	struct kmend_strv replaces; /* ids of the updates that it takes the place of */
	char *engine;		    /* "stop" or "gradual" */
	uint64_t remaining;	    /* SWITCHING, REVERSING: tasks that are still to come over */
	bool may_be_gradual;	    /* its author allows the engine "gradual" */
	bool escapes;
	bool is_held; /* the kernel holds its modules: it was applied once, though maybe without a pause */
};
void kmend_live_free(struct kmend_live *live);
KMEND_DEFINE_GUARD(struct kmend_live *, kmend_live_free, kmend_live_guard);
#define _cleanup_live_ _cleanup_(kmend_live_guard)

/* The module may not leave memory: something new may be stored in live kernel data since it was once applied. */
bool kmend_live_must_stay(const struct kmend_live *live);

/* Does it replace anything now, for some tasks at least? */
bool kmend_live_is_in_force(const struct kmend_live *live);
/* Are tasks on their way, one by one? */
bool kmend_live_is_under_way(const struct kmend_live *live);

/* Is it in the kernel without being in force: all its modules, or only some? */
bool kmend_live_is_waiting(const struct kmend_live *live);

/* Is one of these targets in that state? Its line, or NULL. */
const char *kmend_target_in_state(const struct kmend_strv *targets, const char *state);

/* "WHY: DETAIL" of a target's line, or "" if it is not refused, or the kernel does not say. Within `line`. */
const char *kmend_target_refusal(const char *line);

/* What targets stand otherwise than "loaded" ("waits for nf_tables"; "not yet in xfs"; "refused by ext4"), or NULL. New memory. */
char *kmend_targets_text(const struct kmend_strv *targets);

/* kmend.ko's version, or NULL if it is not loaded. New memory. */
char *kmend_live_version(const struct kmend_machine *machine);

/* Fails unless the loaded kmend.ko speaks this version of the interface. */
int kmend_live_check_abi(const struct kmend_machine *machine, struct kmend_error *error);

/* -ENOENT (error untouched): the kernel knows no update of that id. */
int kmend_live_read(const struct kmend_machine *machine, const char *id, struct kmend_live **ret_live,
		    struct kmend_error *error);

/* Ids the kernel knows, sorted. None if kmend.ko is not loaded. */
int kmend_live_list(const struct kmend_machine *machine, struct kmend_strv *ret_ids, struct kmend_error *error);

/* The id of the update in force that takes the place of `id`, or NULL. New memory. */
char *kmend_live_replacer(const struct kmend_machine *machine, const char *id);

/* Ids of applied updates, the newest first: modules are loaded and switched one by one, so the kernel's list of modules
 * (/proc/modules, newest first) has that order. */
int kmend_live_applied(const struct kmend_machine *machine, struct kmend_strv *ret_ids, struct kmend_error *error);

/* Write "1", "check" or the like (kmend.7) to ID/apply or ID/reverse. Returns the kernel's errno; never fills an error. */
int kmend_live_write(const struct kmend_machine *machine, const char *id, const char *file, const char *value);

/* Is `module_size` bytes of a module file the module that is loaded? By its build id, which the kernel keeps.
 * 1 yes, 0 no, -ENOENT: the kernel does not tell. */
int kmend_live_is_module(const struct kmend_machine *machine, const char *name, const char *module, size_t module_size);

#endif
