/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files that plan. */
#ifndef KMEND_ERRATA_PLAN_INTERNAL_H
#define KMEND_ERRATA_PLAN_INTERNAL_H

#include "internal.h"
#include "plan.h"

/* A plan in the making. */
struct planning {
	const struct kmend_plan_request *request;
	struct kmend_errata *errata;
	struct kmend_cve_record *records;
	size_t nr_records;
};

const struct kmend_cve_record *plan_record(const struct planning *planning, const char *cve);

/* Write a change's diff and note its path; files are read from it. */
int plan_set_diff(struct planning *planning, struct kmend_piece *change, const char *text, size_t size,
		  enum kmend_evidence evidence, const char *origin, struct kmend_error *error);

/* Is it a path of the kernel's source that a clean diff may name? */
bool plan_path_is_clean(const char *path);
/* Paths that a unified diff changes (of its ---/+++ lines, one level stripped). */
void plan_diff_files(const char *text, size_t size, struct kmend_strv *files);

/* git.c, catalogue.c, cut.c: give diffs to the changes that have none yet */
int plan_from_git(struct planning *planning, struct kmend_progress *progress, struct kmend_error *error);
int plan_from_catalogue(struct planning *planning, struct kmend_error *error);
int plan_by_cutting(struct planning *planning, struct kmend_progress *progress, struct kmend_error *error);

/* depend.c: what each has to sit on; git's prerequisites are fetched by it */
int plan_depend(struct planning *planning, struct kmend_error *error);

#endif
