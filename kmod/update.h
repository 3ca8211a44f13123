/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Updates, their parts, and how they are switched.
 *
 * An update (struct kmend_instance) is what one id stands for in this kernel. It has one part for each of its targets;
 * a part is one update module. A transition switches one update or several, all their parts, in one stop.
 */
#ifndef KMEND_KMOD_UPDATE_H
#define KMEND_KMOD_UPDATE_H

#include "kmend.h"

/* ---- part.c: one update module and its target ---- */

struct kmend_part {
	struct kmend_instance *instance;
	char target_name[MODULE_NAME_LEN]; /* "vmlinux", or a module's name */
	char module_name[MODULE_NAME_LEN];
	enum kmend_target_state state;
	bool is_registered;	     /* its init has called kmend_register() */
	bool is_settling;	     /* of a module: its own loading goes on, so no target can be joined */
	struct module *module;	     /* NULL: it was refused when it was loaded */
	struct kmend_update *update; /* in the module */
	struct kmend_target *target; /* in the module: the only one */
	struct module *object;	     /* the target while it is loaded; NULL for vmlinux */
	struct kmend_value *values;  /* one per symbol, while the target is loaded */
	struct kmend_names *names;   /* as they were when it was located */
	struct kmend_place *places;  /* one per REPLACE function, while the target is switched by jumps; else NULL */
	u32 nr_places;
	struct module **needs; /* held while their symbols are used: bases, other parts, exporters */
	u32 nr_needs;
	struct kmend_specials specials;	 /* of a module: hidden while it is not joined */
	struct kmend_pristine *pristine; /* of a module: from its registration on */
	struct kmend_verdict verdict;	 /* why the target is refused */
	bool is_gradual;		 /* livepatch has the target's functions, so there are no places */
};

/* A part with what its header says; its header has been inspected. */
struct kmend_part *kmend_part_new(struct kmend_instance *instance, struct module *mod, struct kmend_update *update);
/* The module leaves, or is refused: nothing of it is used any more. The part's names and verdict stay. */
void kmend_part_forget(struct kmend_part *part);
void kmend_part_free(struct kmend_part *part);
/* First thing when the module arrives: inspect it, and if its target is vmlinux, match and relocate. */
int kmend_part_load(struct kmend_part *part, struct kmend_verdict *verdict);
/*
 * Match the target, which is there, and fill in the part's fields. `nr_jump_labels`: in the module's table; fewer when
 * some need nothing of the kernel. On failure: kmend_part_unmatch().
 */
int kmend_part_match(struct kmend_part *part, u32 *nr_jump_labels, struct kmend_verdict *verdict);
/* The target goes, or was not matched: what was learnt from it, and the places in it, are forgotten. */
void kmend_part_unmatch(struct kmend_part *part);
bool kmend_part_is_vmlinux(const struct kmend_part *part);
/* May code at the address be a function of the part's target? */
bool kmend_part_owns_text(const struct kmend_part *part, unsigned long address);
/* Is this memory of the part's target that is read-only once the target has started? */
bool kmend_part_owns_constant(const struct kmend_part *part, unsigned long address, size_t size);
/* What the part's code is called in which an address lies: of its target if `is_old`, of itself if not; or NULL. */
const char *kmend_part_function_name(const struct kmend_part *part, unsigned long address, bool is_old,
				     unsigned long *ret_offset);

/* ---- hooks.c: code of an update's author ---- */

struct kmend_hook_refusal {
	const struct kmend_hook *hook;
	int error; /* negative errno */
};

/* Does this stage run while the machine stands still? */
bool kmend_hooks_stage_is_in_stop(u32 stage);
/* Call the part's hooks of one stage. Return: 0, or what the first said that refused: *ret_refusal (may be NULL). */
int kmend_hooks_call(const struct kmend_part *part, enum kmend_hook_stage stage,
		     struct kmend_hook_refusal *ret_refusal);
int kmend_hooks_refuse(const struct kmend_hook_refusal *refusal, struct kmend_verdict *verdict);
/*
 * Before the stop: the pre hooks of all parts in turn. *ret_nr_called, also on failure: how many parts' were called, the
 * one that refused included: to be handed to kmend_hooks_fail() if anything fails.
 */
int kmend_hooks_pre(struct kmend_part *const *parts, u32 nr_parts, bool reverse, u32 *ret_nr_called,
		    struct kmend_verdict *verdict);
/* After the stop, switched. */
void kmend_hooks_post(struct kmend_part *const *parts, u32 nr_parts, bool reverse);
/* Not switched: the last part first. */
void kmend_hooks_fail(struct kmend_part *const *parts, u32 nr_called, bool reverse);
/*
 * The part's target arrives while the update is applied, and is switched without a stop. First pre and check hooks; on
 * failure the fail hooks have been called. Then, once it is switched or has failed to be, the others.
 */
int kmend_hooks_arrive(struct kmend_part *part, struct kmend_verdict *verdict);
void kmend_hooks_arrived(struct kmend_part *part, bool is_switched);

/* ---- hooks_debug.c: what they do in the stop; only in a debug build ---- */

struct kmend_stop;

struct kmend_hook_watch {
	bool is_on;
	int preempt_count;
	unsigned long nr_switches;
};

#ifdef KMEND_DEBUG
/* Around the stop. Sleeps. */
void kmend_hooks_watch_begin(const struct kmend_stop *stop);
void kmend_hooks_watch_end(void);
/* Around each hook. kmend_hooks_watched() returns `error`, or one of its own. */
void kmend_hooks_watch(struct kmend_hook_watch *watch, const struct kmend_hook *hook);
int kmend_hooks_watched(struct kmend_hook_watch *watch, const struct kmend_hook *hook, int error);
#else
static inline void kmend_hooks_watch_begin(const struct kmend_stop *stop)
{
}

static inline void kmend_hooks_watch_end(void)
{
}

static inline void kmend_hooks_watch(struct kmend_hook_watch *watch, const struct kmend_hook *hook)
{
}

static inline int kmend_hooks_watched(struct kmend_hook_watch *watch, const struct kmend_hook *hook, int error)
{
	return error;
}
#endif

/* ---- target.c: targets that are modules ---- */

/* The part's module arrives: keep its special tables from the kernel. */
int kmend_target_load(struct kmend_part *part, struct kmend_verdict *verdict);
/* Its init runs: from now on the part joins the target when that is there. */
int kmend_target_register(struct kmend_part *part, struct kmend_verdict *verdict);
/* The part leaves the target, which is going, or is itself leaving. */
void kmend_target_leave(struct kmend_part *part);
/*
 * The update is not being switched any more, or again: targets that came while it was, and what else was left behind, do what
 * the update does. Return: whether something is still to be done, so it must be tried again.
 */
bool kmend_target_catch_up(struct kmend_instance *instance);
/* Did it come while the update was being switched, so that it is still to be joined and switched? */
bool kmend_target_is_late(const struct kmend_part *part);
/* Is the target there, but not joined since it is just being loaded? */
bool kmend_target_is_coming(const struct kmend_part *part);
/* A module has been set up by all other notifiers, and its init comes next, or is over. */
void kmend_target_comes(struct module *mod);
/* A module's exit is over, or its init failed; its memory is there until this returns. */
void kmend_target_goes(struct module *mod);

/* ---- nmi.c: NMIs while code is switched ---- */

int kmend_nmi_init(void);
void kmend_nmi_exit(void);
/* Does it run in an NMI before that can be held? */
bool kmend_nmi_runs_early(const char *function);
/* Refuse the tracer's own code while it runs in NMIs before that. text_mutex must be held. */
int kmend_nmi_check_tracer(const struct kmend_function *function, struct kmend_verdict *verdict);
/* Before the stop: NMIs on CPUs that arrive in it are held from their arrival to the release. */
void kmend_nmi_hold(void);
void kmend_nmi_release(void);
/* Only within the stop, by each CPU but the leader: this one is in no NMI, and serves the leader until it leaves. */
void kmend_nmi_arrive(void);
void kmend_nmi_leave(void);
/* Only within the stop, by the leader: are all others there? */
bool kmend_nmi_have_arrived(void);

/* ---- stop.c: what happens while the machine stands still ---- */

struct kmend_stop {
	struct kmend_place **places; /* in the order in which they are stored */
	u32 nr_places;
	struct kmend_part **parts; /* whose targets are there: verified when applying */
	u32 nr_parts;
	struct kmend_part *
		*leaving; /* applying: parts of the updates that are replaced, likewise; their places come first */
	u32 nr_leaving;
	u8 *room; /* for the longest function */
	bool reverse;
	bool commit; /* false: look, do not touch */
	struct kmend_stack_check check;
	/* results */
	enum kmend_refusal refusal;
	const struct kmend_function *culprit;
	u32 culprit_offset;
	struct kmend_hook_refusal hook_refusal; /* HOOK_REFUSED */
	u64 pause_ns;
	/* private */
	atomic_t is_led; /* somebody leads */
	bool done;
};

/* Stop the machine, look, and switch; cpus_read_lock() is held. Return: 0 if the stop was made; see stop->refusal. */
int kmend_stop_run(struct kmend_stop *stop);

/* ---- transition.c: everything around the stop ---- */

struct kmend_transition {
	struct kmend_instance **instances; /* applying: each behind its bases; reversing: each before them */
	u32 nr_instances;
	struct kmend_instance **replaced; /* applying: reversed in the same stop; each before its bases */
	u32 nr_replaced;
	bool reverse;
	bool commit; /* false: everything but the switch itself */
	struct kmend_stop stop;
};

/* Switch all or none; kmend_mutex is held. The instances' states have been checked, and are the caller's to change. */
int kmend_transition_run(struct kmend_transition *transition, struct kmend_verdict *verdict);

/* Switch what of an applied update is not switched, though its target is there; kmend_mutex is held. */
int kmend_transition_catch_up(struct kmend_instance *instance, struct kmend_verdict *verdict);

/* Switch a part of an applied update whose target comes: nobody can run the target's code yet, so no stop is made. */
int kmend_transition_switch_unused(struct kmend_part *part, struct kmend_verdict *verdict);

/* ---- blockers.c: who is in the way ---- */

/* Note in the instance what the look has found. */
void kmend_blockers_note(struct kmend_instance *instance, const struct kmend_stack_check *check);
/* Why the stop has switched nothing. Return: 0 if it has, or was not to; or the errno of the refusal. */
int kmend_blockers_explain(const struct kmend_stop *stop, struct kmend_verdict *verdict);
/* What code an address found in the way belongs to: a function to be replaced, or an update's; "?" if none. */
const char *kmend_blockers_name(unsigned long address, unsigned long *ret_offset);

/* ---- gradual.c: the other engine ---- */

/* Is there any code to be replaced now, rather than when a target comes? */
bool kmend_gradual_is_needed(const struct kmend_instance *instance);
/* Begin to switch an update that is ready, and pinned; `commit` false: only tell whether it could be done. */
int kmend_gradual_apply(struct kmend_instance *instance, bool commit, struct kmend_verdict *verdict);
/* Turn an update that is applied or under way towards `forward` (applied) or back (ready). */
int kmend_gradual_turn(struct kmend_instance *instance, bool forward, struct kmend_verdict *verdict);
/* How far it is, for an instance with ->gradual; what follows is the caller's. READY: ->gradual is no more. May sleep. */
enum kmend_state kmend_gradual_settle(struct kmend_instance *instance);
/* Note the tasks that are still to come over. */
void kmend_gradual_look(struct kmend_instance *instance);
/* Who but `self` has given a function in [start, end) to livepatch, or NULL. */
const struct kmend_part *kmend_gradual_over(unsigned long start, unsigned long end, const struct kmend_instance *self);

/* ---- base.c: updates on top of others ---- */

/* Is `base` one of those that the update was built on top of, by name? */
bool kmend_base_is(const struct kmend_instance *instance, const struct kmend_instance *base);
/* Is `other` one of those that the update takes the place of? */
bool kmend_base_replaces(const struct kmend_instance *instance, const struct kmend_instance *other);
/* Order the instances so that each is behind its bases. */
void kmend_base_sort(struct kmend_instance **instances, u32 nr_instances);
/* Refuse unless all bases of the update are loaded, in the right build. */
int kmend_base_check_loaded(const struct kmend_part *part, struct kmend_verdict *verdict);
/* Refuse unless all bases are applied, or among `others`, which will be at the same time. */
int kmend_base_check_applied(const struct kmend_instance *instance, struct kmend_instance *const *others, u32 nr_others,
			     struct kmend_verdict *verdict);
/* Refuse if an applied update was built on top of this one, unless it is among `others`. */
int kmend_base_check_free(const struct kmend_instance *instance, struct kmend_instance *const *others, u32 nr_others,
			  struct kmend_verdict *verdict);
/* Something new in the loaded parts of the update `id`, other than `part` itself. */
int kmend_base_find_symbol(const struct kmend_part *part, const char *id, const char *name,
			   const struct kmend_part **ret_part, unsigned long *ret_address,
			   struct kmend_verdict *verdict);

/* ---- instance.c: updates and their states ---- */

struct kmend_gradual;

struct kmend_named_blocker {
	struct kmend_blocker task;
	char function[64]; /* "-": it is elsewhere, or its stack cannot be read */
	unsigned long offset;
	u64 since; /* seconds since boot */
};

struct kmend_instance {
	struct kobject kobj;
	struct list_head node; /* in kmend_instances */
	char id[KMEND_MAX_ID];
	char *description;
	enum kmend_state state;
	enum kmend_engine engine;
	struct kmend_gradual *gradual; /* while livepatch knows it */
	struct task_struct *leaver;    /* who runs that exit */
	bool has_kobject;	       /* the directory is there */
	bool is_gone;		       /* no longer in the list; its directory is being removed */
	bool is_leaving;	       /* a part's exit runs, by force, while it is applied */
	bool is_pinned;		       /* we hold references to the parts' modules */
	u32 flags;		       /* KMEND_UPDATE_* */
	u32 nr_parts;
	struct kmend_part *parts[KMEND_MAX_PARTS]; /* by number; NULL: not there */
	struct kmend_verdict verdict;		   /* of the last load, apply, reverse or check */
	struct kmend_named_blocker blockers[KMEND_MAX_BLOCKERS];
	struct kmend_named_blocker before[KMEND_MAX_BLOCKERS]; /* at the look before */
	u32 nr_blockers;				       /* of them, as of the last attempt */
	u32 nr_noted;	  /* of them at the last look, which may be of an earlier attempt */
	u32 nr_remaining; /* all; more than can be noted */
	u64 pause_ns;
};

/* Guards the list, every instance, and all switching. Never taken while a directory is being removed. */
extern struct mutex kmend_mutex;
extern struct list_head kmend_instances;

struct kmend_instance *kmend_instance_find(const char *id);
struct kmend_part *kmend_instance_part_of(const struct module *mod);
int kmend_instance_load(struct module *mod, struct kmend_update *update);
void kmend_instance_leave(struct module *mod);
/* Note in the instance, and in the kernel log, why not. */
void kmend_instance_note_verdict(struct kmend_instance *instance, const struct kmend_verdict *verdict);

/* ---- operate.c: applying and reversing ---- */

/* Switch updates, all or none, in one stop; `commit` false: do everything but the switch itself. */
int kmend_instances_apply(struct kmend_instance **instances, u32 nr_instances, bool commit);
int kmend_instances_reverse(struct kmend_instance **instances, u32 nr_instances, bool commit);
/* By the engine "gradual": begin, or go on towards applied. */
int kmend_instance_apply_gradually(struct kmend_instance *instance, bool commit);
/* See how far an update is that is switched task by task. */
void kmend_instance_settle(struct kmend_instance *instance);
/* Does it replace anything, for some tasks at least? */
bool kmend_instance_is_in_force(const struct kmend_instance *instance);
/* kmend.ko leaves, and no update is left in it. Not under the mutex. */
void kmend_instances_stop_polling(void);
void kmend_instances_drop(void);
/* Tell user space that a state has changed. */
void kmend_instance_announce(struct kmend_instance *instance);

/* Every part of an instance that is there. */
#define kmend_for_each_part(part, instance, i)           \
	for ((i) = 0; (i) < (instance)->nr_parts; (i)++) \
		if (!((part) = (instance)->parts[i])) {  \
		} else

/* ---- sysfs.c ---- */

int kmend_sysfs_init(void);
void kmend_sysfs_exit(void);
extern struct kset *kmend_kset;
extern struct kobj_type kmend_instance_type;

/* ---- notifier.c ---- */

int kmend_notifier_init(void);
void kmend_notifier_exit(void);

#endif /* KMEND_KMOD_UPDATE_H */
