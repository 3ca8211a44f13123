/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a list of what a new version changes to the diffs of single changes, in an order in which they can be applied.
 *
 * Sources of diffs, the surest first: the commits themselves (git.c; CVE records name them, or the changelog's subjects),
 * a vendor's catalogue (catalogue.c), and, where there is only the source of both versions, their difference cut into pieces
 * that nothing ties to one another (cut.c). What none of them can tell is said to be inseparable.
 */
#ifndef KMEND_ERRATA_PLAN_H
#define KMEND_ERRATA_PLAN_H

#include "../base/progress.h"
#include "errata.h"

struct kmend_plan_request {
	const char *source;	/* directory of the kernel's own source */
	const char *to_source;	/* of the version to get to; NULL: no cutting */
	const char *git;	/* clone of the stable tree, or NULL */
	const char *records;	/* directory of CVE records (CVE JSON 5), or NULL */
	const char *catalogue;	/* file, or NULL */
	const char *directory;	/* diffs are written below it, as diffs/ID.diff */
	struct kmend_strv cves; /* only these; empty: all */
	bool all;		/* changes without a CVE, too */
	bool by_listing;	/* take what only the changelog's wording ties to files */
};

/*
 * @errata: release, version, to, errata and changes as a changelog tells them; the changes become those of the plan: each
 * with its diff and what it has to sit on, or INSEPARABLE with reasons. Changes without a CVE that nothing needs are left
 * out unless all are wanted.
 */
int kmend_plan_make(const struct kmend_plan_request *request, struct kmend_errata *errata,
		    struct kmend_progress *progress, struct kmend_error *error);

/* A CVE record (CVE JSON 5): commits that fix it, on all branches, and the files it names. */
struct kmend_cve_record {
	char *cve;
	char *title;
	enum kmend_severity severity;
	struct kmend_strv commits; /* hexadecimal, 12 to 40 digits, lower case */
	struct kmend_strv files;
};
void kmend_cve_record_clear(struct kmend_cve_record *record);
int kmend_cve_record_parse(const char *text, size_t size, struct kmend_cve_record *ret_record,
			   struct kmend_error *error);
/* Paths of all records below a directory ("…/CVE-2026-1.json"), sorted. */
int kmend_cve_records_list(const char *directory, struct kmend_strv *ret_paths, struct kmend_error *error);

/* What a catalogue says of one change. */
struct kmend_catalogue_entry {
	struct kmend_strv cves;
	char *subject;
	char *diff; /* absolute path; or "": `files` of the difference between the two versions */
	char *sha256;
	struct kmend_strv files;
	struct kmend_strv versions; /* of the kernel it is for; empty: any */
};
struct kmend_catalogue {
	struct kmend_catalogue_entry *entries;
	size_t count;
};
void kmend_catalogue_clear(struct kmend_catalogue *catalogue);
/* @path: for messages, and what `diff` is relative to */
int kmend_catalogue_parse(const char *path, const char *text, size_t size, struct kmend_catalogue *ret_catalogue,
			  struct kmend_error *error);

#endif
