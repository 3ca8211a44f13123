/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of kmend.ko share, but for updates and their switching (update.h). Who calls whom: notifier, sysfs ->
 * instance -> part, transition -> matching, relocate, place, stack, stop -> alias, names, symbols, refusal.
 */
#ifndef KMEND_KMOD_H
#define KMEND_KMOD_H

#define pr_fmt(fmt) "kmend: " fmt

#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/stop_machine.h>
#include <linux/version.h>
#include <linux/wait.h>

#include <kmend/abi.h>
#include <kmend/register.h>
#include "../core/match/match.h"
#include "compat.h"

#include "debug.h"

/* ---- refusal.c: a refusal with what it is about ---- */

#define KMEND_DETAIL_SIZE 256

struct kmend_verdict {
	enum kmend_refusal refusal;
	char detail[KMEND_DETAIL_SIZE];
};

const char *kmend_refusal_name(enum kmend_refusal refusal);
/* Note why not. Return: the negative errno that goes with the refusal. */
__printf(3, 4) int kmend_refuse(struct kmend_verdict *verdict, enum kmend_refusal refusal, const char *format, ...);

/* ---- symbols.c: what kmend.ko needs of the kernel that is not exported ---- */

struct klp_ops;
struct kprobe;

struct kmend_kernel {
	unsigned long (*lookup_name)(const char *name);
	int (*on_each_symbol)(kmend_visit_symbol visit, void *data);
	/* NULL before 6.2, but for late 6.1. The kernel image's only, as is on_each_symbol there. */
	int (*on_each_match)(int (*visit)(void *data, unsigned long address), const char *name, void *data);
	struct module *(*find_module)(const char *name);
	int (*lookup_size)(unsigned long address, unsigned long *size, unsigned long *offset);
	int (*is_text)(unsigned long address);	    /* code of the kernel, a module, BPF, or an ftrace trampoline */
	int (*is_core_text)(unsigned long address); /* code of the kernel image */
	struct task_struct *(*idle_task)(int cpu);
	void (*put_task_stack)(struct task_struct *task);
	int (*task_call_func)(struct task_struct *task, task_call_f call, void *data); /* while the task is fixed */
	struct srcu_struct *exit_srcu; /* holds exiting tasks; see exit.c */
	int (*stop_machine_cpuslocked)(cpu_stop_fn_t call, void *data, const struct cpumask *cpus);
	struct mutex *text_mutex; /* of whoever rewrites code: ftrace, jump labels, static calls, kprobes */
	struct kprobe *(*get_kprobe)(void *address);
	struct mutex *kprobe_mutex;
	bool (*is_insn_slot)(void *slots, unsigned long address);
	void *optinsn_slots;	   /* where the copied instructions of optimised kprobes are */
	struct mutex *ddebug_lock; /* of dynamic debug, which switches jump labels */
	unsigned long (*ftrace_location)(unsigned long address);
	struct klp_ops *(*klp_find_ops)(void *old_function);
	struct mutex *klp_mutex;
	/* The kernel's own notifiers that set up a module's special tables. */
	int (*jump_label_notify)(struct notifier_block *block, unsigned long event, void *module);
	int (*static_call_notify)(struct notifier_block *block, unsigned long event, void *module);
	int (*tracepoint_notify)(struct notifier_block *block, unsigned long event, void *module);
	int (*srcu_notify)(struct notifier_block *block, unsigned long event, void *module);
	int (*set_memory_ro)(unsigned long address, int nr_pages);
	int (*set_memory_rw)(unsigned long address, int nr_pages);
	char *rodata_start, *rodata_end; /* all of the kernel image that is read-only, the next included */
	char *ro_after_init_start, *ro_after_init_end; /* data of the kernel image that is read-only since its start */
	char *init_start, *init_end;		       /* what the kernel image's start needed only, free by now */
	char *noinstr_start, *noinstr_end;	       /* code that may run in an NMI or during entry from user space */
	char *entry_start, *entry_end;
};

extern struct kmend_kernel kmend_kernel;

/* Find them all. Return: 0, or -ENOENT with a line in the kernel log. */
int kmend_symbols_find(void);

/* The module of that name if its state is `state`, or NULL. It stays only as long as its going is held up. */
struct module *kmend_symbols_module(const char *name, enum module_state state);

/* ---- names.c: which addresses carry which names ---- */

struct kmend_part;
struct kmend_names;

/* Look up every name that the part's functions and symbols mention. May sleep. */
int kmend_names_collect(const struct kmend_part *part, struct kmend_names **ret_names);
void kmend_names_free(struct kmend_names *names);
/*
 * Whose names a symbol's `object` means ("" is the part's own target). `ret_owner`: NULL is the kernel image. Return:
 * false if that module is not there.
 */
bool kmend_names_owner(const struct kmend_names *names, const char *object, const struct module **ret_owner);
/* The addresses of a name (`length` bytes of it) in its owner, rising. Return: how many. */
u32 kmend_names_find(const struct kmend_names *names, const struct module *owner, const char *name, size_t length,
		     const unsigned long **ret);
bool kmend_names_has(const struct kmend_names *names, const struct module *owner, const char *name, size_t length,
		     unsigned long address);

/* ---- inspect.c: can this module's tables be used? ---- */

/* The update in a module that is arriving, or NULL. */
struct kmend_update *kmend_inspect_find(const struct module *mod);
/* Check identity: enough of the header to name the update. Return: 0 or an error, verdict filled in. */
int kmend_inspect_header(const struct module *mod, const struct kmend_update *update, struct kmend_verdict *verdict);
/* Check everything else: pointers, limits, the kernel's identity, every function's tables. */
int kmend_inspect_update(const struct module *mod, const struct kmend_update *update, struct kmend_verdict *verdict);
/* The module's executable code that stays. */
void kmend_inspect_text(const struct module *mod, unsigned long *ret_start, unsigned long *ret_end);
/* The module's read-only data that stays. */
void kmend_inspect_rodata(const struct module *mod, unsigned long *ret_start, unsigned long *ret_end);
/* Is the address in the module's executable code that stays? */
bool kmend_inspect_is_text(const struct module *mod, unsigned long address);
/* The module's data that is read-only once its init is over. */
void kmend_inspect_ro_after_init(const struct module *mod, unsigned long *ret_start, unsigned long *ret_end);

/* The module's memory that stays: stretches without gaps, the first of them the code. Return: how many. */
u32 kmend_inspect_regions(const struct module *mod, struct kmend_region regions[KMEND_MAX_REGIONS]);

/* ---- matching.c: locate and match ---- */

/*
 * Locate and match every function of a part, find every symbol that a relocation needs; fills in run_address of
 * functions, value of symbols, and part->values, which must be zero before. The part's target must be there.
 */
int kmend_matching_locate(struct kmend_part *part, struct kmend_verdict *verdict);
/* Is everything still as it was when it was located? Values are known, so nothing is learnt. */
int kmend_matching_repeat(const struct kmend_part *part, struct kmend_verdict *verdict);
/*
 * The same within the stop, for one function: straight from memory, no calls into the rest of the kernel. `room`: for
 * pre_size bytes.
 */
bool kmend_matching_verify(const struct kmend_part *part, const struct kmend_function *function, u8 *room,
			   u32 *ret_offset);

/* ---- alias.c: writable aliases of read-only memory ---- */

struct kmend_alias {
	void *mapping;
	void *start; /* where the first byte of the original is in the alias */
};

/* Map what lies at [address, address + size) of the kernel image or of a module, writable. May sleep. */
int kmend_alias_map(unsigned long address, size_t size, struct kmend_alias *ret_alias);
void kmend_alias_unmap(struct kmend_alias *alias);

/* ---- relocate.c ---- */

/* Fill in the fields of the update module that refer to symbols which are not exported. */
int kmend_relocate(const struct module *mod, const struct kmend_target *target, struct kmend_verdict *verdict);

/* ---- special.c: tables of an update module that the kernel sets up when a module comes ---- */

#define KMEND_NR_SPECIALS 4

/* How many entries each table has, while the module itself says none. Jump labels and static calls come first. */
struct kmend_specials {
	u32 nr[KMEND_NR_SPECIALS];
};

/* Keep the tables from the kernel: let the module say that it has none. */
void kmend_special_hide(struct module *mod, struct kmend_specials *specials);
/* Show them, and have the kernel set them up. On failure they are hidden again. May sleep. */
int kmend_special_begin(struct module *mod, const struct kmend_specials *specials, struct kmend_verdict *verdict);
/* Have the kernel forget them, and hide them. May sleep. */
void kmend_special_end(struct module *mod);
/* What the module has that can be set up only once, when it is loaded; NULL: nothing. */
const char *kmend_special_obstacle(const struct module *mod);

/* ---- seal.c: jump labels with keys that can never be switched again ---- */

/*
 * Bring the sites of such keys into the keys' state and take them out of the module's table: the kernel would write into
 * these keys, which are read-only. The code has not run yet; the table has been relocated. `nr`: entries in the table.
 */
int kmend_seal_jump_labels(const struct module *mod, u32 *nr, struct kmend_verdict *verdict);

/* ---- pristine.c: an update module as it was before its target came ---- */

struct kmend_pristine;

/* Copy what the kernel or the update itself may change. */
struct kmend_pristine *kmend_pristine_take(const struct module *mod);
/* Put it back, all but what belongs to the kernel (ftrace's sites, struct module). Nobody runs the module's code. */
int kmend_pristine_restore(const struct kmend_pristine *pristine, const struct module *mod,
			   const struct kmend_specials *specials, struct kmend_verdict *verdict);
void kmend_pristine_free(struct kmend_pristine *pristine);

/* ---- place.c: where trampolines go ---- */

struct kmend_redirect;

/* Bytes that one store reaches, so the most that a place has. */
#define KMEND_MAX_PLACE 8

struct kmend_place {
	const struct kmend_part *part;
	const struct kmend_function *function;
	struct kmend_redirect *redirect; /* the place is an ftrace site: held; the bytes are its word. Else NULL */
	unsigned long address;		 /* of the first byte */
	u32 size;			 /* KMEND_TRAMPOLINE_SIZE; of a datum: 1 to 8, within one aligned word */
	u64 sequence;			 /* of several at one address the last one made is in force */
	u8 original[KMEND_MAX_PLACE];	 /* what the kernel has there */
	u8 before[KMEND_MAX_PLACE];	 /* what the jump replaces: that, or the jump of an update below */
	u8 jump[KMEND_MAX_PLACE];	 /* of a datum: the new content */
	bool leaves;			 /* it is taken back in the stop that applies a cumulative update */
	bool follows;		  /* in this stop another update's place at the same address is stored before it */
	struct kmend_alias alias; /* of the window, mapped only around a switch */
	u64 *window;		  /* the 8 bytes, in the alias, that are stored at once */
	u32 shift;		  /* of the place's first byte in the window */
};

static inline bool kmend_place_is_datum(const struct kmend_place *place)
{
	return place->function->role == KMEND_ROLE_DATUM;
}

/* Where in its function, or in the datum as it is named, a place begins. */
static inline u32 kmend_place_offset(const struct kmend_place *place)
{
	u32 offset = place->address - place->function->run_address;

	return kmend_place_is_datum(place) ? offset + place->function->trampoline_offset : offset;
}

/* The place of a function's trampoline, and that it is a safe one. May sleep. */
int kmend_place_prepare(struct kmend_place *place, const struct kmend_part *part, const struct kmend_function *function,
			struct kmend_verdict *verdict);
/* How many places a datum of that size can have at most. */
u32 kmend_place_max(u32 size);
/* The places of a datum: each word, or part of one, that is to change. Room for kmend_place_max(). May sleep. */
int kmend_place_prepare_datum(struct kmend_place *places, const struct kmend_part *part,
			      const struct kmend_function *function, u32 *ret_nr_places, struct kmend_verdict *verdict);
/* Refuse if an update that is no base of this one has replaced the function. */
int kmend_place_check_others(const struct kmend_part *part, const struct kmend_function *function,
			     struct kmend_verdict *verdict);
/* Refuse if a kprobe, armed or not, is in the way. kprobe_mutex must be held. */
int kmend_place_check_kprobes(const struct kmend_place *place, struct kmend_verdict *verdict);
/* Refuse if a livepatch, none of ours, redirects the function at its ftrace site. May sleep. */
int kmend_place_check_livepatch(const struct kmend_function *function, struct kmend_verdict *verdict);
/* The bytes that decide, as they are now. Never sleeps. */
const u8 *kmend_place_bytes(const struct kmend_place *place);
/* Let go of what a place holds; it is no longer in force. May sleep. */
void kmend_place_release(struct kmend_place *place);
int kmend_place_map(struct kmend_place *place);
void kmend_place_unmap(struct kmend_place *place);
/* Put `to` where `from` is, by one store. Return: false if something else is there. Never sleeps. */
bool kmend_place_store(struct kmend_place *place, const u8 *from, const u8 *to);
/* Refuse if a kprobe lies in [from, to) of the function `name` at `start`. Return: 0 if there is none. */
int kmend_place_find_kprobe(const char *name, unsigned long start, unsigned long from, unsigned long to,
			    struct kmend_verdict *verdict);
/* The place in force that overlaps [start, end), or NULL. One that is about to be taken back counts no more. */
const struct kmend_place *kmend_place_over(unsigned long start, unsigned long end);
/* In a copy of the code at [address, address + size): our own jumps give way to what they replaced. Never sleeps. */
void kmend_place_hide_jumps(unsigned long address, u32 size, u8 *copy);

/* ---- stack.c: is any task inside? ---- */

struct kmend_range {
	unsigned long start, end;
};

/* Who was seen outside the ranges before the stop, and how often that task had been switched away from by then. */
struct kmend_sighting {
	struct task_struct *task; /* a reference is held */
	unsigned long nr_switches;
};

struct kmend_survey {
	struct kmend_sighting *sightings; /* in the order of the task list */
	u32 nr_sightings;
	u32 next; /* in the stop: the first behind that of the task looked at last */
};

#define KMEND_MAX_BLOCKERS 16

struct kmend_blocker {
	pid_t pid; /* 0: an idle task */
	char comm[TASK_COMM_LEN];
	u64 start_time;	       /* tells a new task of the same pid */
	unsigned long address; /* where in the ranges; 0: somewhere else */
};

struct kmend_stack_check {
	const struct kmend_range *ranges; /* by rising address, not overlapping */
	u32 nr_ranges;
	struct kmend_survey survey;
	bool wants_order;	       /* what an interrupt took off the CPU in the kernel counts as inside */
	bool ignores_requester;	       /* it is in the module's exit, and will have left before the module is freed */
	struct task_struct *requester; /* the task that asked for the switch, and so waits for it */
	struct kmend_blocker blockers[KMEND_MAX_BLOCKERS];
	u32 nr_blockers;			/* all; only the first KMEND_MAX_BLOCKERS are kept */
	u32 nr_unwound, nr_scanned, nr_skipped; /* tasks: by frames; word by word; not at all, thanks to the survey */
	u32 nr_exiting; /* tasks at the end of their exit whose stacks cannot be found (exit.c) */
	bool requester_blocks;
	unsigned long stop_address; /* not 0: the machinery of the stop itself is inside, here */
};

/* Sort ranges and join those that touch. Return: how many are left. */
u32 kmend_stack_sort_ranges(struct kmend_range *ranges, u32 nr_ranges);
/*
 * Look at all tasks that do not run, while the machine goes on. May sleep. Return: 0, check->survey filled in; -EBUSY
 * if tasks sleep inside, check->blockers filled in; -ENOMEM.
 */
int kmend_stack_survey(struct kmend_stack_check *check);
void kmend_stack_free_survey(struct kmend_stack_check *check);
/* Only within the stop. Return: true if nobody is inside. */
bool kmend_stack_check(struct kmend_stack_check *check);
/*
 * Note all tasks that `is_wanted`, each with where it is in the ranges, as far as can be seen while the machine goes on: for
 * those who read it, not to rely on. May sleep.
 */
void kmend_stack_find(struct kmend_stack_check *check,
		      bool (*is_wanted)(const struct task_struct *task, const void *data), const void *data);
/* What the findings amount to: none, busy, or that nobody will ever leave. */
enum kmend_refusal kmend_stack_refusal(const struct kmend_stack_check *check);

/* ---- exit.c: tasks at the end of their exit ---- */

/* After a reversal, where such tasks could not be counted in the stop: wait until none can be in the code left. */
void kmend_exit_wait(void);

#endif /* KMEND_KMOD_H */
