/* SPDX-License-Identifier: GPL-2.0 */
/* kmend build: what it works on. One building for all kernels; one kernel's state lies in WORK/RELEASE. */
#ifndef KMEND_CLI_BUILDING_H
#define KMEND_CLI_BUILDING_H

#include <kmend/plugin.h>

#include "planning.h"

/* One kernel of a build. */
struct kmend_built_kernel {
	const char *release;
	char *directory; /* WORK/RELEASE: plan.json, diffs/, updates/, verified/ */
	struct kmend_errata errata;
};

struct kmend_building {
	struct kmend_planning planning;
	struct kmend_strv releases;
	struct kmend_strv formats;
	struct kmend_strv modules; /* paths of kmend.ko, each for one of the kernels */
	const char *output;	   /* the repository */
	char *work;		   /* OUTPUT.work, unless another is given */
	const char *key;	   /* of gpg */
	const char *origin;	   /* who publishes it */
	const char *maintainer;	   /* of the packages */
	bool verify;
	bool slurm;
	const char *slurm_options; /* further words for sbatch, or NULL */
	struct kmend_progress *progress;
	struct kmend_built_kernel *kernels;
	size_t nr_kernels;
	int64_t time; /* of everything that carries one */
};

/* slurm.c: make the updates of a kernel as job arrays, a wave for each depth; waits for them. */
int kmend_build_slurm(const struct kmend_building *building, struct kmend_built_kernel *kernel,
		      struct kmend_error *error);
/* One task of such an array: the line-th id (from 0) of a wave's file. */
int kmend_build_task(const char *directory, const char *wave, const char *line, struct kmend_error *error);

/* What a task of another machine has to know of the build, kept in WORK/RELEASE/job.json. */
int kmend_build_write_job(const struct kmend_building *building, const struct kmend_built_kernel *kernel,
			  struct kmend_error *error);

/* provenance.c: an in-toto statement beside a package (PACKAGE.intoto.json). */
int kmend_build_provenance(const struct kmend_building *building, const struct kmend_built_kernel *kernel,
			   const struct kmend_piece *change, const char *package, const char *container,
			   struct kmend_error *error);

/* A package about to be written. Strings borrowed. */
struct kmend_build_package {
	const char *format;
	const char *name;
	const char *version; /* that it has of itself */
	const char *content; /* all that tells it from another one of that name, as text */
};

/*
 * versions.c: the version for it, higher than any that the repository had of it with other content; and noting that in the
 * repository when the package is written.
 */
int kmend_build_version(const struct kmend_building *building, const struct kmend_build_package *package,
			char **ret_version, struct kmend_error *error);
int kmend_build_version_note(const struct kmend_building *building, const struct kmend_build_package *package,
			     struct kmend_error *error);

/* summary_page.c: OUTPUT/index.html. */
int kmend_build_summary(const struct kmend_building *building, struct kmend_error *error);

#endif
