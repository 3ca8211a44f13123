/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one contract between the builder, the kernel module and the applier.
 *
 * An update has one part per target (vmlinux, or a module); each part is one update module, an ordinary .ko. It carries, in
 * the sections named below, one struct kmend_update and
 * all tables it points to. The builder writes these structures into an ELF object (every pointer is an
 * R_X86_64_64 relocation), the kernel's module loader relocates them, kmend.ko reads them, and the checker reads
 * them offline. 64-bit little-endian only; every structure is padded explicitly so that all sides agree.
 */
#ifndef KMEND_ABI_H
#define KMEND_ABI_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
#endif

#define KMEND_ABI_VERSION 1

/* Sections of an update module. */
#define KMEND_SECTION_TABLES ".kmend.tables"   /* struct kmend_update and all tables (writable, relocated) */
#define KMEND_SECTION_PRE ".kmend.pre"	       /* pre code and forms: bytes only */
#define KMEND_SECTION_STRINGS ".kmend.strings" /* names */

/* The symbol of struct kmend_update in the update module's symbol table: how kmend.ko recognises one. */
#define KMEND_UPDATE_SYMBOL "kmend_update"

/* Limits on what one update may hold; kmend.ko and the container reader refuse more. */
#define KMEND_MAX_ID 64 /* bytes with the final NUL; [a-zA-Z0-9][a-zA-Z0-9._+-]* */
#define KMEND_MAX_FUNCTIONS 4096
#define KMEND_MAX_SYMBOLS 65536
#define KMEND_MAX_RELOCATIONS 262144
#define KMEND_MAX_HOOKS 256
#define KMEND_MAX_FUNCTION_SIZE (1u << 20)
#define KMEND_MAX_SITE 255 /* bytes of one rewritten site */
#define KMEND_MAX_PARTS 64
#define KMEND_MAX_BASES 256
#define KMEND_MAX_REPLACES 256

/* How many bytes the jump to the replacement takes (e9 rel32), and how many an ftrace site takes. */
#define KMEND_TRAMPOLINE_SIZE 5
#define KMEND_FTRACE_SITE_SIZE 5

/*
 * What a symbol is, and so how its value is learnt and checked.
 * A reference to the symbol found in matched code gives value = found - addend; all references must agree.
 */
enum kmend_symbol_kind {
	/* Has a name in kallsyms. The value must be an address of that name; learnt from the match, else by name if
	 * the name is unique (or position says which). */
	KMEND_SYMBOL_NAMED = 1,
	/* Start of a section of the unit as it was compiled for the running kernel. Learnt from the match only: from
	 * references to it, or from a matched function that lies in it. */
	KMEND_SYMBOL_SECTION = 2,
	/* A mergeable constant (string). No common address is asked for; at every address found there must be
	 * exactly the bytes `content`. A relocation to it gets the first address found. */
	KMEND_SYMBOL_CONTENT = 3,
	/* One of several names, separated by '|' in `name`; those which the kernel has. All references together need
	 * not agree. (Return thunks, ITS thunks.) */
	KMEND_SYMBOL_ONE_OF = 4,
	/* Any executable kernel address: what ftrace, BPF and static calls point their sites to. */
	KMEND_SYMBOL_ANY_TEXT = 5,
	/* Something new that an update brought: the one symbol called `name` in the parts of the update whose id is `object`
	 * (this update itself, or one of its bases). Never learnt from the match. */
	KMEND_SYMBOL_UPDATE = 6,
	/*
	 * No address: what the variable `name` of the kernel image holds, `content_size` (4 or 8) bytes of it. The kernel
	 * puts that into its own code once, when it starts (runtime_const_ptr()).
	 */
	KMEND_SYMBOL_VALUE = 7,
};

struct kmend_symbol {
	const char *name;    /* never NULL; for SECTION and CONTENT: a text for messages */
	const void *content; /* CONTENT: the bytes, else NULL */
	const char *unit;    /* unit the symbol belongs to, or "" */
	/* NAMED: whose it is: "vmlinux", or a module's name; "": the target's. UPDATE: an update's id. Else "". */
	const char *object;
	u64 value;	  /* written by kmend.ko; 0: not known yet */
	u32 content_size; /* CONTENT, VALUE */
	u32 kind;	  /* enum kmend_symbol_kind */
	u32 position;	  /* NAMED: 0 the name must be unique, else its 1-based position among equals by address */
	u32 reserved;
};

/* Encodings of an address in code or data. */
enum kmend_field_type {
	KMEND_FIELD_ABS64 = 1,	/* 8 bytes, S + A */
	KMEND_FIELD_ABS32 = 2,	/* 4 bytes, zero-extended, S + A */
	KMEND_FIELD_ABS32S = 3, /* 4 bytes, sign-extended, S + A */
	KMEND_FIELD_PC32 = 4,	/* 4 bytes, S + A - P */
	KMEND_FIELD_PC64 = 5,	/* 8 bytes, S + A - P */
	KMEND_FIELD_BYTE = 6,	/* 1 byte, zero-extended, S + A */
};

/* A relocated field: the place holds an address of a symbol. */
struct kmend_field {
	u32 offset; /* from the start of the function, or of the form it belongs to */
	u32 type;   /* enum kmend_field_type */
	u32 symbol; /* index into the target's symbols */
	u32 reserved;
	s64 addend;
};

/* What may follow a form that is shorter than its site. */
enum kmend_tail {
	KMEND_TAIL_NONE = 0, /* nothing: the form is as long as the site */
	KMEND_TAIL_NOPS = 1, /* any sequence of the kernel's no-operation instructions */
	KMEND_TAIL_INT3 = 2, /* 0xcc */
};

/* One legal content of a site. */
struct kmend_form {
	const u8 *bytes; /* size bytes; those under a field are ignored */
	u32 size;	 /* 0: the form is all tail */
	u32 tail;	 /* enum kmend_tail */
	u32 first_field; /* the form's fields in the function's fields[] */
	u32 nr_fields;
};

/* Why a site may differ from the compiled bytes; for messages and for the trampoline's overlap check. */
enum kmend_site_kind {
	KMEND_SITE_FTRACE = 1,
	KMEND_SITE_RETURN = 2,
	KMEND_SITE_RETPOLINE = 3,
	KMEND_SITE_ALTERNATIVE = 4,
	KMEND_SITE_PARAVIRT = 5,
	KMEND_SITE_STATIC_CALL = 6,
	KMEND_SITE_JUMP_LABEL = 7,
	KMEND_SITE_LOCK_PREFIX = 8,
	KMEND_SITE_ENDBR = 9,
	KMEND_SITE_CALL = 10,	  /* call depth tracking: to the function, or to what counts calls before it */
	KMEND_SITE_CONSTANT = 11, /* a value that the kernel knows when it has started */
};

/* The kernel may rewrite this site again while it runs, so a trampoline must not lie on it. */
#define KMEND_SITE_REWRITTEN_LATER 1u

/* A stretch of pre code that the kernel rewrites; it must equal one of its forms exactly. Sites do not overlap. */
struct kmend_site {
	u32 offset; /* in the function */
	u16 size;
	u8 kind;	/* enum kmend_site_kind */
	u8 flags;	/* KMEND_SITE_* */
	u32 first_form; /* in the function's forms[] */
	u32 nr_forms;
};

enum kmend_function_role {
	KMEND_ROLE_REPLACE = 1, /* matched, stack-checked, gets a trampoline */
	KMEND_ROLE_PART = 2,	/* .cold part of a replaced function: matched and stack-checked */
	KMEND_ROLE_WITNESS = 3, /* matched only, to learn symbols from it */
	/*
	 * A constant, or a part of one, that live data lead to: matched like code, then its words are switched where they
	 * are. `pre` is what the running kernel holds (without sites), `replacement` as many bytes of what it is to hold;
	 * `trampoline_offset` is where in the named thing the part begins. Its memory must be read-only by now.
	 */
	KMEND_ROLE_DATUM = 4,
};

/*
 * How a function is switched to its replacement. A jump costs a call some two instructions, and reaches any function. Where the
 * kernel itself rewrites the bytes behind the ftrace site while it runs (a jump label, a static call, a lock prefix), or
 * there is no room for a jump, the kernel's function tracer leads to the replacement: some eighty instructions a call.
 */
enum kmend_place_kind {
	KMEND_PLACE_JUMP = 0,	/* trampoline_offset: of the jump */
	KMEND_PLACE_FTRACE = 1, /* trampoline_offset: of the ftrace site, which stays ftrace's */
};

struct kmend_function {
	const char *name;	 /* as in kallsyms */
	const char *unit;	 /* source path, for messages */
	const u8 *pre;		 /* pre code as the distribution compiled it, pre_size bytes */
	const void *replacement; /* REPLACE: entry of the new code; DATUM: the new content; else NULL */
	const struct kmend_field
		*fields; /* first nr_fields are those of the plain code, by rising offset; the forms' follow */
	const struct kmend_site *sites; /* by rising offset */
	const struct kmend_form *forms;
	u64 run_address; /* written by kmend.ko */
	u32 pre_size;	 /* to the function's end; the padding behind it is not part of it */
	u32 replacement_size;
	u32 nr_fields; /* fields of the plain code (outside every site) */
	u32 nr_all_fields;
	u32 nr_sites;
	u32 nr_forms;
	u32 role;	       /* enum kmend_function_role */
	u32 position;	       /* 0: exactly one candidate of that name must match; else 1-based position by address */
	u32 section_symbol;    /* the SECTION symbol of the section it lies in */
	u32 section_offset;    /* where in that section */
	u32 trampoline_offset; /* REPLACE: where the jump goes (behind the ftrace site); DATUM: see there */
	u32 place;	       /* REPLACE: enum kmend_place_kind */
};

/* A field of the update module itself that kmend.ko fills in, since the symbol is not exported. */
struct kmend_relocation {
	void *place;
	u32 type; /* enum kmend_field_type */
	u32 symbol;
	s64 addend;
};

struct kmend_target {
	const char *name; /* "vmlinux", or a module's name with underscores */
	struct kmend_function *functions;
	struct kmend_symbol *symbols;
	const struct kmend_relocation *relocations;
	u32 nr_functions;
	u32 nr_symbols;
	u32 nr_relocations;
	u32 reserved;
};

/*
 * When code of a patch's author is called (include/kmend/hooks.h). Those marked "stop" run while the machine stands still: they
 * may not sleep, allocate, or take a lock that somebody may hold. A stage that may refuse does so by a negative errno.
 */
#define KMEND_HOOK_STAGES(X)                                                                                 \
	X(PRE_APPLY, "pre_apply", "before the stop; may sleep; may refuse")                                  \
	X(CHECK_APPLY, "check_apply", "in the stop, nothing switched yet; may refuse")                       \
	X(APPLY, "apply", "in the stop, all trampolines written; cannot refuse")                             \
	X(POST_APPLY, "post_apply", "after the stop; may sleep; cannot refuse")                              \
	X(FAIL_APPLY, "fail_apply", "the apply failed; for each part whose pre_apply was called; may sleep") \
	X(PRE_REVERSE, "pre_reverse", "before the stop; may sleep; may refuse")                              \
	X(CHECK_REVERSE, "check_reverse", "in the stop, nothing switched back yet; may refuse")              \
	X(REVERSE, "reverse", "in the stop, all trampolines gone; cannot refuse")                            \
	X(POST_REVERSE, "post_reverse", "after the stop; may sleep; cannot refuse")                          \
	X(FAIL_REVERSE, "fail_reverse", "the reversal failed; for each part whose pre_reverse was called; may sleep")

enum kmend_hook_stage {
#define KMEND_HOOK_ENUM(id, name, text) KMEND_HOOK_##id,
	KMEND_HOOK_STAGES(KMEND_HOOK_ENUM)
#undef KMEND_HOOK_ENUM
		KMEND_NR_HOOK_STAGES
};

struct kmend_hook {
	int (*call)(void);
	const char *name; /* of the author's function */
	u32 stage;	  /* enum kmend_hook_stage */
	u32 reserved;
};

/* An update that this one was built on top of: it must be applied, in exactly that build, while this one is. */
struct kmend_base {
	const char *id;
	const char *digest; /* hex SHA-256 over its parts' build ids; see core/link/tables.c */
};

/* An address of something new may be stored in live data: the module stays in memory after a reversal. */
#define KMEND_UPDATE_ESCAPES 1u
/* Functions never leave some stack, or the author wants no pause: switch by the gradual engine. */
#define KMEND_UPDATE_GRADUAL 2u
/* The author allows the gradual engine where the stop engine finds the code busy each time. */
#define KMEND_UPDATE_MAY_BE_GRADUAL 4u

/*
 * An update that this cumulative one takes the place of: if it is in force, it is reversed in the very stop that applies this
 * one. Only the id counts. Reversing this one brings nothing back: what is still wanted is applied again (kmend reconcile).
 */
struct kmend_replaced {
	const char *id;
};

struct kmend_update {
	u32 abi;  /* KMEND_ABI_VERSION */
	u32 size; /* sizeof(struct kmend_update) */
	const char *id;
	const char *description;
	const char *release;		/* uname -r of the kernel build */
	const char *version;		/* the kernel package's version; must occur in uname -v */
	struct kmend_target *targets;	/* exactly one: a part has one target */
	const struct kmend_hook *hooks; /* in the order they are called */
	const struct kmend_base *bases;
	const struct kmend_replaced *replaces;
	u32 nr_targets;
	u32 flags;    /* KMEND_UPDATE_*, the same in all parts */
	u32 part;     /* which of the update's parts this is, from 0 */
	u32 nr_parts; /* all of them must have come before the update can be applied */
	u32 nr_hooks;
	u32 nr_bases;
	u32 nr_replaces;
	u32 reserved;
};

/*
 * Refusals: why kmend will not act. One name, one text, one advice each; kmend.ko reports the name and a detail
 * (function, offset, ...) in /sys/kernel/kmend/ID/refusal as "NAME: DETAIL".
 */
#define KMEND_REFUSALS(X)                                                                                             \
	X(NONE, "none", "nothing is refused", "")                                                                     \
	X(BAD_UPDATE, "bad_update", "the update module's tables are damaged or of another version",                   \
	  "Rebuild the update with this version of kmend.")                                                           \
	X(WRONG_KERNEL, "wrong_kernel", "the update was built for another kernel build",                              \
	  "Install the hotpatch package for the running kernel (uname -r, uname -v).")                                \
	X(DUPLICATE, "duplicate", "an update with this id is already loaded",                                         \
	  "See kmend view; undo the loaded one first.")                                                               \
	X(NO_MATCH, "no_match", "the running code is not the code the update was built against",                      \
	  "Check that the kernel is the distribution's own; see the function and offset.")                            \
	X(AMBIGUOUS, "ambiguous", "more than one place in the kernel matches the function",                           \
	  "Rebuild the update; report this as a defect.")                                                             \
	X(SYMBOL_NOT_FOUND, "symbol_not_found", "a symbol the new code needs cannot be found with certainty",         \
	  "Rebuild the update; report this as a defect.")                                                             \
	X(SYMBOL_CONFLICT, "symbol_conflict", "references in the running code disagree about a symbol's address",     \
	  "Report this as a defect, with the kernel's version.")                                                      \
	X(OUT_OF_REACH, "out_of_reach", "an address does not fit into the field that must hold it",                   \
	  "Report this as a defect, with the kernel's version.")                                                      \
	X(ALREADY_REPLACED, "already_replaced", "another update already replaces the function",                       \
	  "Undo the other update first, or install one that includes both.")                                          \
	X(KPROBE, "kprobe", "a kprobe lies on the bytes to be overwritten",                                           \
	  "Remove the probe (see /sys/kernel/debug/kprobes/list), then apply again.")                                 \
	X(LIVEPATCH, "livepatch", "a livepatch is active on the function",                                            \
	  "Disable that livepatch (/sys/kernel/livepatch), then apply again.")                                        \
	X(TRACER, "tracer", "the function tracer cannot lead the function to its replacement",                        \
	  "Disable what else redirects the function, and see that sysctl kernel.ftrace_enabled is 1.")                \
	X(UNSAFE_PLACE, "unsafe_place", "the trampoline would lie on bytes that cannot be switched by one store",     \
	  "Rebuild the update; report this as a defect.")                                                             \
	X(RUNS_IN_STOP, "runs_in_stop", "the function runs while the machine is stopped",                             \
	  "This function can only be fixed by a reboot into a fixed kernel.")                                         \
	X(BUSY, "busy", "a task is inside the code being replaced", "It is tried again; see the blockers.")           \
	X(CODE_CHANGED, "code_changed", "the code changed between matching and switching",                            \
	  "Try again; if it persists, another tool rewrites this function.")                                          \
	X(OUT_OF_MEMORY, "out_of_memory", "the kernel has not enough memory", "Free memory, then apply again.")       \
	X(NOT_APPLIED, "not_applied", "the update is not applied", "See kmend status.")                               \
	X(ALREADY_APPLIED, "already_applied", "the update is already applied", "See kmend status.")                   \
	X(UNSUPPORTED, "unsupported", "this kernel lacks something kmend needs", "See the kernel log.")               \
	X(STOP_FAILED, "stop_failed", "the machine could not be stopped", "Try again; see the kernel log.")           \
	X(HOOK_REFUSED, "hook_refused", "code of the update's author (a hook) refused",                               \
	  "See the stage, the function and the error; the update's description tells what it waits for.")             \
	X(INCOMPLETE, "incomplete", "not all parts of the update are loaded",                                         \
	  "Load all of its modules, as kmend apply does.")                                                            \
	X(BASE_MISSING, "base_missing", "an update that this one was built on top of is not applied",                 \
	  "Apply that update first, in the very build that was the base.")                                            \
	X(SAT_ON, "sat_on", "another applied update was built on top of this one",                                    \
	  "Undo the update on top first, or both together.")                                                          \
	X(TARGET_COMING, "target_coming", "the module to be changed is just being loaded",                            \
	  "It is tried again; if it persists, see why the module's start does not end.")                              \
	X(NOT_GRADUAL, "not_gradual", "the update cannot be switched task by task", "Apply it by the engine 'stop'.") \
	X(SWITCHING, "switching", "an update is just being switched task by task",                                    \
	  "See kmend status for the tasks it waits for; it goes on by itself, or can be undone.")                     \
	X(ENGINE_MIX, "engine_mix", "the function is replaced by an update that was switched by another engine",      \
	  "Use the engine of the update below (kmend status tells it), or undo that update first.")

enum kmend_refusal {
#define KMEND_REFUSAL_ENUM(id, name, text, advice) KMEND_REFUSE_##id,
	KMEND_REFUSALS(KMEND_REFUSAL_ENUM)
#undef KMEND_REFUSAL_ENUM
		KMEND_NR_REFUSALS
};

/*
 * How an update is switched, as /sys/kernel/kmend/ID/engine shows it: that of the last switch, before the first one that
 * which the update itself asks for. All parts go by the same; a target that comes later is always switched by jumps, since
 * nobody can run its code yet.
 */
enum kmend_engine {
	KMEND_ENGINE_STOP,    /* "stop": all tasks at one instant, by jumps */
	KMEND_ENGINE_GRADUAL, /* "gradual": each task by itself, when it is outside, by the kernel's livepatch */
};

/*
 * States of an update in the kernel, as /sys/kernel/kmend/ID/state shows them:
 *
 *               insmod of a part              of the last part            write "stop" to apply
 *   (absent) ────────────────────▶ loading ────────────────────▶ ready ──────────────────────▶ applied
 *      │                              │                           ▲ ▲ ◀─ refused: state stays,     │
 *      │ a part is refused at load    │ likewise                  │ │    see refusal             │
 *      ▼                              ▼                           │ └────────────────────────────────┘
 *   refused (that part's module is gone) ─────────────────────────┘     write "1" to reverse
 *                                          insmod of what is missing
 *
 * By the engine "gradual", there are two states more between ready and applied:
 *
 *            write "gradual" to apply                 all tasks use the new code
 *   ready ──────────────────────────▶ switching ──────────────────────────────────▶ applied
 *     ▲                                 │   ▲                                        │
 *     │            write "1" to reverse │   │ write "gradual" to apply               │ write "1" to reverse
 *     │                                 ▼   │                                        │
 *     └────────────────────────────── reversing ◀────────────────────────────────────┘
 *         all tasks use the old code,
 *         none is in the new
 *
 *   state      may run the old code        may run the new code          on its way to
 *   ready      all tasks                   none                          -
 *   switching  those not yet seen outside  those that were               applied; back to ready if it is reversed
 *   applied    none                        all                           -
 *   reversing  those already seen outside  those that were not yet       ready; back to applied if it is applied again
 *
 * While it is switching or reversing an update is in force for some, so it holds its modules and its functions as an applied
 * one does, and nothing can be put on top of it. One update at a time can be in these states. `remaining` has the number of
 * tasks still to come over, `blockers` those that stay away.
 *
 * rmmod of a part is possible in each state but applied, switching and reversing; when the last one leaves, the update
 * disappears (but for a refused one, of which the refusal stays to be read). An update of one part is never seen loading.
 */
enum kmend_state {
	KMEND_STATE_REFUSED,
	KMEND_STATE_READY,
	KMEND_STATE_APPLIED,
	KMEND_STATE_LOADING,
	KMEND_STATE_SWITCHING,
	KMEND_STATE_REVERSING,
};

/*
 * States of a target, as /sys/kernel/kmend/ID/targets shows them ("NAME STATE", a line each):
 *
 *                                   the module comes, and matches
 *   insmod of the part ──▶ armed ──────────────────────────────────▶ loaded ◀── insmod of the part: vmlinux, or
 *                           ▲ ▲  ◀────────────────────────────────── │          the module is there already, and matches
 *                           │ │           the module goes             │
 *                           │ └──────────────────────────────────── refused ◀── it comes, or is there, and does not match
 *                           │             the module goes
 *
 * armed: the module is not there; it is matched when it comes, and if the update is applied, switched before its init
 * runs. loaded: matched; switched if the update is applied. refused: it is there and not switched (so is one that comes while
 * the update is switching or reversing: whichever code it ran would be the wrong one for some tasks).
 */
enum kmend_target_state {
	KMEND_TARGET_ARMED,
	KMEND_TARGET_LOADED,
	KMEND_TARGET_REFUSED,
};

#define KMEND_SYSFS "/sys/kernel/kmend"

#endif /* KMEND_ABI_H */
