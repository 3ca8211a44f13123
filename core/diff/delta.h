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
#include "../base/str.h"

enum kmend_change {
	KMEND_CHANGE_SAME,
	KMEND_CHANGE_CHANGED, /* in pre and post, and different */
	KMEND_CHANGE_NEW,     /* only in post */
	KMEND_CHANGE_REMOVED, /* only in pre (inlined away, or really removed) */
};

/* A function or datum (a sized symbol with its bytes), correlated between pre and post. */
struct kmend_item {
	const char *name; /* post's name; pre's if removed */
	bool is_function;
	enum kmend_change change;
	struct kmend_object_symbol *pre;  /* NULL: new */
	struct kmend_object_symbol *post; /* NULL: removed */
	struct kmend_object_symbol *run;  /* the same thing in the run object; NULL: new */
	struct kmend_item *parent;	  /* of NAME.cold: the item of NAME; else NULL */
	const char
		*why; /* CHANGED: what differs first, a short text ("bytes at +0x1c", "jump label key"), for messages */
	bool forced;  /* CHANGED only because it must go along (calls a changed function with a private convention) */
};

/* A reason why the change cannot be made into an update. Named, never silently dropped. */
struct kmend_reason {
	const char *code; /* static: "init-code", "data-changed", "module-unit", "assembly", "header", ... */
	char *text;	  /* one line: file, function or datum, what was seen */
	char *advice;
};

struct kmend_delta {
	char *unit;		  /* source path: "net/unix/af_unix.c" */
	struct kmend_object *run; /* owned */
	struct kmend_object *pre;
	struct kmend_object *post;
	struct kmend_item *items; /* all functions and data of pre and post */
	size_t nr_items;
	struct kmend_reason *reasons; /* empty: can be made into an update */
	size_t nr_reasons;
};

/*
 * Difference one unit. Takes ownership of the three objects (also on failure).
 * Reasons against it are not an error: they are listed in the delta.
 */
int kmend_delta_make(const char *unit, struct kmend_object *run, struct kmend_object *pre, struct kmend_object *post,
		     bool has_profiling_calls, struct kmend_delta **ret_delta, struct kmend_error *error);
void kmend_delta_free(struct kmend_delta *delta);
KMEND_DEFINE_GUARD(struct kmend_delta *, kmend_delta_free, kmend_delta_guard);
#define _cleanup_delta_ _cleanup_(kmend_delta_guard)

/* How many functions are changed, new or removed and differ in more than noise. 0: no code changed. */
size_t kmend_delta_count(const struct kmend_delta *delta, enum kmend_change change);

/*
 * What a relocation of pre or post refers to: the item (function or datum) it points into and the offset in it, the
 * addend's instruction-dependent part (bytes from the field to the instruction's end) already taken out.
 * *ret_item is NULL for undefined (external) symbols and for mergeable constants.
 */
int kmend_delta_resolve(const struct kmend_delta *delta, bool in_post, const struct kmend_section *section,
			const struct kmend_relocation_entry *relocation, struct kmend_item **ret_item,
			int64_t *ret_offset, struct kmend_error *error);

#endif
