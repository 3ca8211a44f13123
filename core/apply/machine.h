/* SPDX-License-Identifier: GPL-2.0 */
/* The machine an applier works on: where things are, which kernel runs, whether anything may be applied at all. */
#ifndef KMEND_APPLY_MACHINE_H
#define KMEND_APPLY_MACHINE_H

#include <stdbool.h>

#include "../base/cleanup.h"
#include "../base/error.h"

/* All places, so that tests can put them under a directory of their own. Strings owned by the machine. */
struct kmend_paths {
	char *sysfs;	  /* /sys/kernel/kmend */
	char *sys_module; /* /sys/module */
	char *proc;	  /* /proc */
	char *modules;	  /* /lib/modules */
	char *prebuilt;	  /* /usr/lib/kmend/module */
	char *updates;	  /* /usr/lib/kmend/updates */
	char *record;	  /* /var/lib/kmend/record */
	char *run;	  /* /run/kmend */
	char *lock;	  /* /run/kmend/lock */
	char *disable;	  /* /etc/kmend/disable */
	char *errata;	  /* /usr/lib/kmend/errata */
	char *state;	  /* /var/lib/kmend */
	char *settings;	  /* /etc/kmend/kmend.conf */
};

struct kmend_machine {
	struct kmend_paths paths;
	char *release; /* uname -r */
	char *version; /* uname -v; holds the package's version */
	char *boot_id; /* /proc/sys/kernel/random/boot_id */
	bool is_real;  /* not a test's directory: modules may be loaded */
};

/*
 * @root: "" for this machine; else a directory that holds the same tree, and nothing is ever loaded. Release and version
 * are then those of ROOT/proc/sys/kernel/{osrelease,version}.
 */
int kmend_machine_new(const char *root, struct kmend_machine **ret_machine, struct kmend_error *error);
void kmend_machine_free(struct kmend_machine *machine);
KMEND_DEFINE_GUARD(struct kmend_machine *, kmend_machine_free, kmend_machine_guard);
#define _cleanup_machine_ _cleanup_(kmend_machine_guard)

/* Is this package version the running kernel's? It must be a whole word of uname -v. */
bool kmend_machine_runs(const struct kmend_machine *machine, const char *release, const char *version);

/* Switched off by the administrator? Returns how ("kmend=off on the kernel's command line"), or NULL. */
const char *kmend_machine_switched_off(const struct kmend_machine *machine);

/*
 * Can this process change the kernel that its files belong to? Returns why not ("a chroot", ...), or NULL.
 * A package manager runs in such places too, and must not touch the host's kernel from there.
 */
const char *kmend_machine_is_foreign(const struct kmend_machine *machine);

/* Fails with NOT_ROOT unless root runs it. */
int kmend_machine_need_root(const struct kmend_machine *machine, struct kmend_error *error);

/* One run at a time. Waits; `waiting` is called once if it has to. *ret_fd: close it to end the lock. */
int kmend_machine_lock(const struct kmend_machine *machine, void (*waiting)(void), int *ret_fd,
		       struct kmend_error *error);

/* Is another process such a run now? Needs no root, and takes no lock: /proc/locks says it (proc_locks(5)). */
bool kmend_machine_is_at_work(const struct kmend_machine *machine);

#endif
