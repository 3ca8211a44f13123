/* SPDX-License-Identifier: GPL-2.0 */
/* Changes of a plan judged, or made into updates, by kmend itself as children: a job each, several at once. */
#ifndef KMEND_CLI_JUDGING_H
#define KMEND_CLI_JUDGING_H

#include "../base/progress.h"
#include "../errata/errata.h"

struct kmend_judging {
	const char *directory; /* the plan's: diffs lie below it; containers and answers are put there */
	const char *release;
	const char *source;  /* or NULL: the distribution's package */
	const char *headers; /* or NULL */
	unsigned int jobs;   /* at once */
	bool create;	     /* make updates (updates/ID.kmend), not only verdicts */
	struct kmend_progress *progress;
};

/*
 * Judge all changes that have a diff and no verdict yet. What a job finds goes into the change: verdict, reasons,
 * functions. One that fails is FAILED with its reason, and never stops the others. With `create`, changes come after those
 * they sit on; if one of these could not be made, it is tried without those, since what only shares a file may do.
 * What was made before is not made again (updates/ID.json or verdicts/ID.json is its answer) while it is about the same diff,
 * on the same bases; what the machine it was tried on lacked is tried again.
 */
int kmend_judge(const struct kmend_judging *judging, struct kmend_errata *errata, struct kmend_error *error);

/* Only one change, of a plan whose earlier ones are done; for jobs of a cluster. */
int kmend_judge_one(const struct kmend_judging *judging, struct kmend_errata *errata, const char *id,
		    struct kmend_error *error);

/* Take over the answers that jobs have left: those of other machines. */
void kmend_judge_collect(const struct kmend_judging *judging, struct kmend_errata *errata);

/* How deep each change sits: 0 on nothing; for waves of jobs. New memory. */
size_t *kmend_judge_depths(const struct kmend_errata *errata);

#endif
