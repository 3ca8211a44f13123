/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of core/diff only. */
#ifndef KMEND_DIFF_INTERNAL_H
#define KMEND_DIFF_INTERNAL_H

#include "delta.h"

/* One compilation, prepared for look-ups. */
struct side {
	struct kmend_object *object;
	struct kmend_special_index *special;
	struct kmend_item **item_of;		   /* by symbol index: the item it belongs to, or NULL */
	struct kmend_object_symbol **canonical_of; /* by symbol index: the one symbol of its place, or NULL: no item */
	struct kmend_object_symbol **canonical;	   /* all of them, in the symbol table's order */
	size_t nr_canonical;
	struct kmend_object_symbol **empty; /* canonical symbols without size: found by exact place only */
	size_t nr_empty;
	uint8_t **tails; /* by position in object->sections: per relocation, bytes from the field to the end; lazy */
};

struct kmend_delta_private {
	struct side sides[KMEND_NR_SIDES];
	struct kmend_strv texts; /* what items' texts point to */
	bool has_profiling_calls;
	bool is_of_module;
	const struct kmend_delta *base; /* while the delta is being made */
};

static inline struct side *delta_side(const struct kmend_delta *delta, enum kmend_side which)
{
	return &delta->private->sides[which];
}

/* side.c */
int side_prepare(struct side *side, struct kmend_object *object, struct kmend_error *error);
void side_release(struct side *side);

/* branches.c: give the branches that the assembler resolved relocations of their own */
void branches_relocate(struct kmend_object *object);

/* tails.c: per relocation of an executable section the bytes from the field to its instruction's end, 0: unknown */
uint8_t *tails_of_section(const struct kmend_section *section);
/* Size of the fragment of code at an offset: up to and with its first jump without condition. 0: not decodable. */
uint64_t fragment_size(const struct kmend_section *section, uint64_t offset);
/* Are two stretches of code the same instructions, apart from relocated fields and from how jumps are encoded? */
bool code_is_equivalent(const struct kmend_section *a, uint64_t a_from, uint64_t a_size, const struct kmend_section *b,
			uint64_t b_from, uint64_t b_size);

/* names.c */
/* Is it a name that gcc or a macro numbered, so that the number says nothing? Functions never are. */
bool name_is_numbered(const struct kmend_object_symbol *symbol);
/* The name without what was numbered; new memory. */
char *name_base(const char *name);
/*
 * Is it known by its content: the same is the same thing, other content is another thing? Constants without identity, and what
 * describes a debug message, whatever it is called (net_dbg_ratelimited() calls each "descriptor").
 */
bool symbol_goes_by_content(const struct kmend_object_symbol *symbol);
/* "Said once already" flags and the like: losing their state costs a repeated message at most. */
bool base_state_may_be_lost(const char *base);
/* Length of the name of the function that a clone (.isra.0, .part.1, .constprop.2, .cold) was made of. */
size_t name_stem(const char *name);

/* correlate.c: items by name; statics.c: numbered statics; each fills in pre, post and run */
int correlate(struct kmend_delta *delta, struct kmend_error *error);
int correlate_statics(struct kmend_delta *delta, struct kmend_error *error);
int correlate_run(struct kmend_delta *delta, struct kmend_error *error);
struct kmend_item *item_add(struct kmend_delta *delta, struct kmend_object_symbol *pre,
			    struct kmend_object_symbol *post);
void item_set_run(struct kmend_delta *delta, struct kmend_item *item, struct kmend_object_symbol *run);

/* stack.c: where the items of a stacked update are in run, by what the bases know */
void correlate_base(struct kmend_delta *delta);
/* Is what runs now pre's code, since a base replaced or brought it? */
static inline bool item_is_of_base(const struct kmend_item *item)
{
	return item->is_base_new || item->is_base_changed;
}

/* compare.c */

/* A stretch of bytes on one side. */
struct stretch {
	enum kmend_side side;
	const struct kmend_section *section;
	uint64_t from;
	uint64_t size;
};

struct pair {
	struct kmend_object_symbol *a, *b;
};

struct comparison {
	const struct kmend_delta *delta;
	/* Hold numbered statics that are not correlated yet for equal if base and size agree, and note the pairs. */
	bool presumes_statics;
	struct pair *pairs;
	size_t nr_pairs;
	char why[160];
	struct kmend_error *error;
};

/* 1: equal, 0: not, and comparison->why says what differs first; negative errno: could not be told. */
int compare_symbols(struct comparison *comparison, enum kmend_side a_side, const struct kmend_object_symbol *a,
		    enum kmend_side b_side, const struct kmend_object_symbol *b);
int compare_stretches(struct comparison *comparison, struct stretch a, struct stretch b, uint64_t ignored,
		      unsigned int depth);

/* datum.c: constants switched in the running kernel where they are */
/* Is the datum's memory such that it could be? */
bool datum_can_switch(const struct kmend_item *item);
/* Set while the kernel, or its module, starts, and never later: what it holds is not all as it was compiled. */
bool datum_is_sealed(const struct kmend_object_symbol *symbol);
/* Why its content cannot be switched although its memory can; NULL: it can. The text lives as long as the delta. */
const char *datum_obstacle(struct kmend_delta *delta, const struct kmend_item *item);

/* constants.c: changed constants whose new content goes along, and who must be replaced because of them */
int constants_carry(struct kmend_delta *delta, struct kmend_error *error);

/* settle.c: a text that lives as long as the delta */
const char *item_text(struct kmend_delta *delta, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* settle.c: decide each item's change, and what must go along */
int settle(struct kmend_delta *delta, struct kmend_error *error);
/* Replace an item for the sake of another. */
void item_force(struct kmend_delta *delta, struct kmend_item *item, const char *why);
/* Replace the other part of every split function of which one part is replaced. Was there any? */
bool force_parts(struct kmend_delta *delta);

/* hooks.c: the hooks that the diff adds */
int find_hooks(struct kmend_delta *delta, struct kmend_error *error);

/* judge.c: the reasons against */
int judge(struct kmend_delta *delta, struct kmend_error *error);
/* reason.c: add a reason. The text begins "UNIT: NAME"; the code has a row in core/assess/reasons.c. */
void reason_add(struct kmend_delta *delta, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* limits.c: why a function cannot be replaced under the stop, as the end of a sentence about it; NULL: it can */
const char *why_in_stop(const char *unit, const char *name);

#endif
