/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of core/assess only. */
#ifndef KMEND_ASSESS_INTERNAL_H
#define KMEND_ASSESS_INTERNAL_H

#include "../base/str.h"
#include "assess.h"
#include "types.h"

/* Reasons found here, before they are judged. */
struct facts {
	struct kmend_reason *reasons;
	size_t nr_reasons;
};

/* Add one; returns it. */
struct kmend_reason *fact_add(struct facts *facts, const char *code, const char *unit, const char *symbol,
			      unsigned int line, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* waiver.c: the waiver that answers a reason, or NULL */
struct kmend_waiver *waiver_of(struct kmend_assessment *assessment, const struct kmend_reason *reason);

/*
 * source.c: the text outside of function bodies, in a form where blanks and comments do not count; types declared in
 * bodies and directives belong to it. New memory. Two texts that agree in it declare the same types.
 */
char *source_outside(const char *source);
/* Shows each line of the preprocessor's, from its "#" on, with its continuations and comments in it. */
void source_each_directive(const char *source,
			   void (*see)(const char *begin, size_t size, unsigned int line, void *context),
			   void *context);
/* The line in which something is defined at file level, or else first mentioned there; 0: nowhere. */
unsigned int source_line_of(const char *source, const char *name);

/* boot.c: code and data that are over when an update comes. @own: as below; a module's init may be found harmless */
int boot_judge(const struct kmend_assess_input *input, struct facts *own, struct facts *facts,
	       struct kmend_error *error);

/*
 * typed.c: what only types tell: layouts of live objects, members of changed data, what exported functions take.
 * @own: reasons that differencing gave; those about data are told again with the members' names.
 */
int typed_judge(const struct kmend_assess_input *input, struct facts *own, struct facts *facts,
		struct kmend_error *error);

/*
 * The units in the order in which they are asked for their types: those that are compiled for nothing else, then those whose
 * code changed. @ret_deltas: room for all. Returns how many of *ret_count are asked in any case.
 */
size_t typed_order(const struct kmend_assess_input *input, const struct kmend_delta **ret_deltas, size_t *ret_count);

/* members.c: say which members of a datum changed; a table that only gets callbacks becomes callback-added */
void members_tell(const struct kmend_delta *delta, const struct kmend_item *item, const struct kmend_types *types,
		  struct kmend_reason *reason);

/*
 * macros.c: were the numbers that macros stand for dealt anew in a text? A sentence without a full stop about the first
 * macro whose old number is another one's now, with its name and the line in the new text; NULL: no. New memory.
 */
char *macros_difference(const char *pre_text, const char *post_text, char **ret_name, unsigned int *ret_line);
/* In any of the files that the diff changes. */
void macros_judge(const struct kmend_assess_input *input, struct facts *facts);

/* stay.c: functions that some task is always in, and those that tasks sleep in */
int stay_judge(const struct kmend_assess_input *input, struct facts *facts, struct kmend_error *error);
/* stay_known.c: of a changed function, by its name */
void stay_known(const struct kmend_delta *delta, const struct kmend_item *item, struct facts *facts);

/* pairs.c: what one function takes and another releases */
int pairs_judge(const struct kmend_assess_input *input, struct facts *facts, struct kmend_error *error);

/*
 * weak.c: which of several definitions the kernel is linked with: names that appear or go; changed functions that are not in
 * it, which are set to SAME
 */
int weak_judge(const struct kmend_assess_input *input, struct facts *facts, struct kmend_error *error);

/* references.c: each item that a function or datum refers to on one side */
typedef int (*reference_visitor)(const struct kmend_referent *referent, const struct kmend_relocation_entry *relocation,
				 void *context);
int references_visit(const struct kmend_delta *delta, enum kmend_side side, const struct kmend_item *item,
		     reference_visitor visit, void *context, struct kmend_error *error);

#endif
