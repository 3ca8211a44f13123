/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pre-post differencing: what one unit's change amounts to.
 *
 * A unit is compiled three ways. `run`: the pre source with the distribution's own flags: byte for byte the running
 * code; matching uses it. `pre` and `post`: before and after the diff, split by function and datum
 * (-ffunction-sections -fdata-sections): differencing uses them, and the replacement code is taken from post.
 */
#ifndef KMEND_DIFF_DELTA_H
#define KMEND_DIFF_DELTA_H

#include "../elf/object.h"
#include "special.h"
#include "../base/reason.h"
#include "../base/str.h"

enum kmend_change {
	KMEND_CHANGE_SAME,
	KMEND_CHANGE_CHANGED, /* in pre and post, and different */
	KMEND_CHANGE_NEW,     /* only in post */
	KMEND_CHANGE_REMOVED, /* only in pre (inlined away, or really removed) */
};

/* The three compilations. */
enum kmend_side {
	KMEND_SIDE_RUN,
	KMEND_SIDE_PRE,
	KMEND_SIDE_POST,
	KMEND_NR_SIDES,
};

/*
 * A function or datum, correlated between pre, post and run. Symbols at one place (aliases) are one item; the symbols
 * below are then those of one name on all sides, as far as there is such a name.
 */
struct kmend_item {
	const char *name; /* post's name; pre's if removed */
	bool is_function;
	enum kmend_change change;
	struct kmend_object_symbol *pre;  /* NULL: new */
	struct kmend_object_symbol *post; /* NULL: removed */
	/*
	 * The same thing in the run object. NULL: new; or, if pre is there, not found in run with certainty: then
	 * nothing may refer to it (a changed function like that is given as a reason already).
	 */
	struct kmend_object_symbol *run;
	struct kmend_item *parent; /* of NAME.cold: the item of NAME; else NULL */
	struct kmend_item *cold;   /* of NAME: the item of NAME.cold; else NULL */
	/* CHANGED: what differs first, a short text ("bytes at +0x1c", "a jump label's key"), for messages. */
	const char *why;
	bool forced; /* CHANGED only because it must go along with another function, or refers to a changed constant */
	/*
	 * Of a unit that earlier updates (bases) changed: what they made of it. is_base_new: a base brought it, so it is in
	 * pre and not in run; changed again it counts as NEW. is_base_changed: a base changed it, so what runs is not run's
	 * but pre's.
	 */
	bool is_base_new;
	bool is_base_changed;
	/*
	 * A constant whose new content goes into the update, while the running kernel keeps the old one: every function that
	 * refers to it is replaced (or was, by a base). obstacle: why that is not all that is needed, or NULL.
	 */
	bool is_carried;
	/*
	 * A constant that live data lead to, and whose content is switched in the running kernel where it is (by this update,
	 * if it is CHANGED, else by a base): so whoever refers to it goes on with the original. obstacle: likewise.
	 */
	bool is_switched;
	const char *obstacle;
};

/* A function that the diff adds and that is called at a stage of applying or reversing (include/kmend/hooks.h). */
struct kmend_delta_hook {
	struct kmend_item *item; /* new */
	uint32_t stage;		 /* enum kmend_hook_stage */
};

/* How a unit was compiled. */
#define KMEND_UNIT_HAS_PROFILING_CALLS 1u /* -pg: gcc then does without -fipa-ra */
#define KMEND_UNIT_IS_OF_MODULE 2u /* -DMODULE: its exit code is live, its init code runs whenever it is loaded */

struct kmend_delta_private;

struct kmend_delta {
	char *unit;		  /* source path: "net/unix/af_unix.c" */
	struct kmend_object *run; /* owned */
	struct kmend_object *pre;
	struct kmend_object *post;
	struct kmend_item *items; /* all functions and data of pre and post */
	size_t nr_items;
	struct kmend_delta_hook *hooks; /* in the source's order */
	size_t nr_hooks;
	struct kmend_reason *reasons; /* what was seen that bears on it; judged by core/assess */
	size_t nr_reasons;
	struct kmend_delta_private *private;
};

/*
 * Difference one unit. Takes ownership of the three objects (also on failure).
 * Reasons against it are not an error: they are listed in the delta.
 * @how: how it was compiled: KMEND_UNIT_*
 */
int kmend_delta_make(const char *unit, struct kmend_object *run, struct kmend_object *pre, struct kmend_object *post,
		     unsigned int how, struct kmend_delta **ret_delta, struct kmend_error *error);

/*
 * The same on top of earlier updates. @base: what those did to the unit all together (from the kernel's own source to this
 * delta's pre, whose object is the same file as the base's post), so that everything that existed before is still found in
 * run through the base's items; needed during the call only. NULL: as kmend_delta_make().
 */
int kmend_delta_make_stacked(const struct kmend_delta *base, const char *unit, struct kmend_object *run,
			     struct kmend_object *pre, struct kmend_object *post, unsigned int how,
			     struct kmend_delta **ret_delta, struct kmend_error *error);

/*
 * Once all units of a stacked update are compared: what the bases brought and this update changes is carried as new, so
 * whatever refers to it must be carried too, in whichever unit. What cannot be led to the new one is a reason.
 */
int kmend_deltas_stack(struct kmend_delta *const *deltas, size_t nr_deltas, struct kmend_error *error);

/* A part of a datum. */
struct kmend_stretch {
	uint64_t from, size; /* bytes from its start */
};

/*
 * The parts of a switched datum that must be what they were compiled as, and are written: all of a constant; of one that
 * its kernel's or module's start may have set, only what differs. *ret_stretches: new memory.
 */
int kmend_item_stretches(const struct kmend_delta *delta, const struct kmend_item *item,
			 struct kmend_stretch **ret_stretches, size_t *ret_nr_stretches, struct kmend_error *error);

void kmend_delta_free(struct kmend_delta *delta);
KMEND_DEFINE_GUARD(struct kmend_delta *, kmend_delta_free, kmend_delta_guard);
#define _cleanup_delta_ _cleanup_(kmend_delta_guard)

/*
 * What do the hooks that run in the stop call? All units of the update together, once every delta is made: reasons
 * "hook-in-stop" and "hook-in-stop-note" go into the deltas. Only code of these units is followed; functions of
 * others are judged by their names (include/kmend/stop_calls.h).
 */
int kmend_hooks_judge(struct kmend_delta *const *deltas, size_t nr_deltas, struct kmend_error *error);

/* How many functions have this change. None CHANGED, NEW or REMOVED, and no datum switched: the diff changes only noise. */
size_t kmend_delta_count(const struct kmend_delta *delta, enum kmend_change change);
/* Does the update itself switch the item's content in the running kernel? */
bool kmend_item_switches(const struct kmend_item *item);
/* How many items do. */
size_t kmend_delta_count_switched(const struct kmend_delta *delta);
/* Is any code or switched datum of the unit another one? */
bool kmend_delta_is_changed(const struct kmend_delta *delta);
/* Something that is the unit's own (static) in the running kernel, and that other units can name now; NULL: no such thing. */
struct kmend_item *kmend_delta_published(const struct kmend_delta *delta, const char *name);

struct kmend_object *kmend_delta_object(const struct kmend_delta *delta, enum kmend_side side);
/* Is the unit compiled for a module? */
bool kmend_delta_is_of_module(const struct kmend_delta *delta);
/* Is what lies in such a section gone when the kernel, or the unit's module, has started (in vmlinux also: for exit)? */
bool kmend_section_is_over(const struct kmend_delta *delta, const struct kmend_section *section);
/* Is it so before the diff or after it? Then the item is no part of an update, whatever changed. */
bool kmend_item_is_over(const struct kmend_delta *delta, const struct kmend_item *item);
struct kmend_object_symbol *kmend_item_symbol(const struct kmend_item *item, enum kmend_side side);
/* The item a symbol of that side's object belongs to (aliases too); NULL: none. */
struct kmend_item *kmend_delta_item(const struct kmend_delta *delta, enum kmend_side side,
				    const struct kmend_object_symbol *symbol);

/*
 * The entries of special sections, by the place in the code they belong to. For run, where all functions share
 * .text, as for pre and post: see kmend_special_index_range().
 */
const struct kmend_special_index *kmend_delta_special(const struct kmend_delta *delta, enum kmend_side side);

enum kmend_referent_kind {
	KMEND_REFERENT_EXTERNAL, /* symbol: undefined or absolute; offset: to be added to it */
	KMEND_REFERENT_ITEM,	 /* item + offset. Its symbol on this side: symbol */
	KMEND_REFERENT_CONTENT,	 /* a mergeable constant (string): content, content_size (with a string's NUL) */
	KMEND_REFERENT_PLACE,	 /* neither: section + offset (.altinstr_aux, an empty section, padding) */
};

/* What a relocated field refers to. */
struct kmend_referent {
	enum kmend_referent_kind kind;
	struct kmend_object_symbol *symbol;
	struct kmend_item *item;
	struct kmend_section *section; /* ITEM, CONTENT, PLACE: where it lies on this side */
	int64_t offset;		       /* may lie before or behind the item: code may calculate with such an address */
	const uint8_t *content;
	size_t content_size;
	/*
	 * What `offset` has more than the addend alone says: the bytes from the field to the end of its instruction
	 * (relative fields in code: 4, or more if an immediate follows), else 0. So the addend to reach `offset`
	 * behind a symbol is offset - tail.
	 */
	unsigned int tail;
};

/* What an instruction does with an address in one of its fields. */
enum kmend_code_use {
	KMEND_USE_UNKNOWN,  /* not decodable */
	KMEND_USE_ACCESS,   /* reads or writes memory there, or goes there */
	KMEND_USE_PASSED,   /* hands it to the function that is called next */
	KMEND_USE_TAKEN,    /* computes with it: it may go anywhere */
	KMEND_USE_COMPARED, /* compares it with another one */
};

/* [from, from + size) of the section is the function that the field at `offset` of the section is in. */
enum kmend_code_use kmend_code_use(const struct kmend_section *section, uint64_t from, uint64_t size, uint64_t offset);

/* Is the field that of a memory operand which the instruction only reads? */
bool kmend_code_only_reads(const struct kmend_section *section, uint64_t from, uint64_t size, uint64_t offset);

/*
 * The call that gets the address in that field as an argument (0 to 5), which is all that happens to it; *ret_is_jump: it is
 * a jump at the function's end. NULL: there is no such thing, or it is not known what is called. The relocation is the section's.
 */
const struct kmend_relocation_entry *kmend_code_callee(const struct kmend_section *section, uint64_t from,
						       uint64_t size, uint64_t offset, unsigned int *ret_argument,
						       bool *ret_is_jump);

/* What is known of how long an address is in use that code hands to a function (lent.c has the table). */
enum kmend_lent {
	KMEND_LENT_NOT,		/* it may be kept */
	KMEND_LENT_FOR_CALL,	/* until that function returns to this code */
	KMEND_LENT_FOR_REQUEST, /* until the task is done with what it is just asked for */
	KMEND_LENT_WHOLE,	/* as KMEND_LENT_FOR_CALL; nor does anything that it leads to get about: a lock, say */
};

/* As kmend_code_use(). */
enum kmend_lent kmend_code_lends(const struct kmend_section *section, uint64_t from, uint64_t size, uint64_t offset);

/*
 * Find what a relocation refers to. In code the instruction is decoded, since only its length says how much of the
 * addend is the distance from the field to the instruction's end.
 * Errors: -EINVAL (the instruction cannot be decoded, the constant does not end in its section).
 */
int kmend_delta_refer(const struct kmend_delta *delta, enum kmend_side side, const struct kmend_section *section,
		      const struct kmend_relocation_entry *relocation, struct kmend_referent *ret_referent,
		      struct kmend_error *error);

#endif
