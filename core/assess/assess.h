/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The verdict: can a change be made into an update, and what speaks for and against it.
 *
 * Reasons are facts that were seen, never guesses from names. Each has a kind (reasons.c); the verdict follows from
 * them alone: one that blocks makes it `reboot`, one that needs a hook `hotpatch+hook`. The author answers a reason that
 * needs a hook by a hook in the diff, or by a waiver with a text that goes into the manifest; nothing else overrides it.
 */
#ifndef KMEND_ASSESS_ASSESS_H
#define KMEND_ASSESS_ASSESS_H

#include "../base/progress.h"
#include "../diff/delta.h"
#include "../kernel/compile.h"
#include "reasons.h"

enum kmend_verdict {
	KMEND_VERDICT_HOTPATCH,
	KMEND_VERDICT_HOTPATCH_HOOK, /* with code of the author's, there or still to be written */
	KMEND_VERDICT_REBOOT,
};
const char *kmend_verdict_name(enum kmend_verdict verdict); /* "hotpatch", "hotpatch+hook", "reboot" */

enum kmend_answer {
	KMEND_ANSWER_NONE,
	KMEND_ANSWER_HOOK,   /* the diff brings a hook */
	KMEND_ANSWER_WAIVED, /* the author says why nothing is needed */
};
const char *kmend_answer_name(enum kmend_answer answer); /* "", "hook", "waived" */

/* "CODE[:SYMBOL]=TEXT", taken apart. */
struct kmend_waiver {
	char *code;
	char *symbol; /* NULL: every reason of that code */
	char *text;
	bool is_used;
};

/* A reason, judged. */
struct kmend_finding {
	struct kmend_reason reason; /* owned */
	const struct kmend_reason_row *row;
	enum kmend_answer answer;
	bool is_unhooked; /* seen in a target for which the diff brings no hook: another target's does not answer it */
	const struct kmend_waiver *waiver; /* WAIVED: the assessment's */
};

struct kmend_assessment {
	enum kmend_verdict verdict;
	struct kmend_finding *findings; /* what blocks first, then what needs a hook, then notes */
	size_t nr_findings;
	size_t nr_open; /* findings that keep it from being an update as it is: blocking, or not answered */
	bool has_hooks; /* the diff brings hooks */
	struct kmend_waiver *waivers;
	size_t nr_waivers;
};
void kmend_assessment_free(struct kmend_assessment *assessment);

/* Take waivers as they are given on the command line. USAGE: not of that form, or a code that cannot be waived. */
int kmend_assessment_waive(struct kmend_assessment *assessment, const struct kmend_strv *waivers,
			   struct kmend_error *error);

/* Add what another step found; the verdict follows. Reasons that are there already are not added twice. */
void kmend_assessment_add(struct kmend_assessment *assessment, const struct kmend_reason *reasons, size_t count);

/* What is looked at. Everything borrowed. */
struct kmend_assess_input {
	/* NULL (tests of single objects): nothing is compiled or read; then types are compared if `typed` is given. */
	const struct kmend_tree *tree;
	const struct kmend_change_set *changes;
	const struct kmend_unit_objects *typed; /* one per delta, with types; NULL: they are compiled when needed */
	struct kmend_delta *const *deltas;
	size_t nr_deltas;
	const char *cache;
	unsigned int jobs;
	struct kmend_progress *progress;
};

/*
 * Judge a change: the deltas' own reasons, and what is seen only here. Compiles units once more, with types, if the
 * diff can have changed any. Functions and data that boot discarded are set to SAME in the deltas: they are no part
 * of an update. Errors are those of compiling and reading, never a verdict.
 */
int kmend_assess(const struct kmend_assess_input *input, struct kmend_assessment *assessment,
		 struct kmend_error *error);

#endif
