/* SPDX-License-Identifier: GPL-2.0 */
/* Types of one unit before and after a change, compared. */
#ifndef KMEND_ASSESS_LAYOUT_H
#define KMEND_ASSESS_LAYOUT_H

#include "../base/str.h"
#include "types.h"

/* A struct or union whose layout changed. */
struct kmend_layout_change {
	char *name;   /* "struct tty_operations" */
	char *what;   /* "member ldisc_ok is new at byte 176; 280 bytes become 288" */
	uint32_t pre; /* the type before */
	char *file;   /* where it is declared, or NULL */
	unsigned int line;
	/*
	 * NULL: only on stacks of functions that `is_replaced` knows. Else what tells that objects of it may be live: "the
	 * variable con_ops", "a member of struct tty_struct", "con_write(), which is not replaced".
	 */
	char *live;
	bool is_used; /* a variable, a parameter or another type has one in it; else there is none in code of this unit */
	bool is_moved; /* code that uses nothing but old members may be wrong: one has another place, or the size is another */
};

struct kmend_layout_changes {
	struct kmend_layout_change *changes;
	size_t count;
};
void kmend_layout_changes_free(struct kmend_layout_changes *changes);

/* Is a function of that name replaced, or is there none of that name on its own (it was inlined everywhere)? */
typedef bool (*kmend_is_replaced)(const char *function, void *context);

/* Compare all structs and unions that both sides have. Added to *changes; in the order of pre's types. */
void kmend_layout_compare(const struct kmend_types *pre, const struct kmend_types *post, kmend_is_replaced is_replaced,
			  void *context, struct kmend_layout_changes *changes);

/* An enum of which names stand for other numbers than before. */
struct kmend_value_change {
	char *name; /* its tag, or that of the first name */
	char *what; /* "STATE_OPEN was 1 and is 2" */
	char *file; /* where it is declared, or NULL */
	unsigned int line;
	char *holder; /* what is declared to hold one outside of stacks: "state of struct connection"; NULL: nothing can */
};

struct kmend_value_changes {
	struct kmend_value_change *changes;
	size_t count;
};
void kmend_value_changes_free(struct kmend_value_changes *changes);

/* values.c: does a name only say how many others there are ("NR_…", "…_MAX")? */
bool kmend_value_name_counts(const char *name);
/* values.c: compare the enumerators of all enums, by their names; but those that only count the others. Added to *changes. */
void kmend_values_compare(const struct kmend_types *pre, const struct kmend_types *post,
			  struct kmend_value_changes *changes);

/*
 * Is a struct or union of that tag (or, without one, of that typedef's name) there as a whole, as that file declares it?
 * `file` is without the root it lies in, one of `roots`.
 */
bool kmend_types_declares(const struct kmend_types *types, const char *tag, const char *file,
			  const struct kmend_strv *roots);

/*
 * Do two function types differ in what a caller passes or gets (number, size and kind of values; not their names)?
 * Returns what differs, in words (new memory), or NULL.
 */
char *kmend_signature_difference(const struct kmend_types *pre, uint32_t pre_function, const struct kmend_types *post,
				 uint32_t post_function);

#endif
