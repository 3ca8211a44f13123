/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What vendors publish about the kernels they mend, and what kmend makes of it.
 *
 * An erratum is a vendor's notice: a new version of the kernel's package, the CVEs it mends, perhaps a severity. A change
 * is one piece of what that version changes: a commit, or what cannot be taken apart; the verdict on it is what the
 * administrator wants to know. One list holds both: `kmend plan` makes it, `kmend build` works it off, the seed package
 * carries it to the machines (kmend-errata(5)), which compare it with what is in force.
 *
 * Readers turn foreign texts into errata; every one is bounded and fuzzed:
 *   changelog.c  Debian's changelog of the kernel package      tracker.c  Debian's DSA/list and the security tracker's JSON
 *   osv.c        an OSV file (one, or a list of them)           catalogue.c  a vendor's own list of exact changes
 *   updateinfo.c updateinfo.xml of RPM repositories
 */
#ifndef KMEND_ERRATA_ERRATA_H
#define KMEND_ERRATA_ERRATA_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/cleanup.h"
#include "../base/error.h"
#include "../base/str.h"

#define KMEND_ERRATA_MAX_FILE (256u << 20) /* bytes of any input; Debian's tracker JSON has some 80 MB */

enum kmend_severity {
	KMEND_SEVERITY_UNKNOWN,
	KMEND_SEVERITY_LOW,
	KMEND_SEVERITY_MODERATE,
	KMEND_SEVERITY_IMPORTANT,
	KMEND_SEVERITY_CRITICAL,
};
const char *
kmend_severity_name(enum kmend_severity severity); /* "unknown", "low", "moderate", "important", "critical" */
/* Vendors' words ("high", "Important", "medium") and CVSS base scores ("7.8") alike. UNKNOWN if it is none of them. */
enum kmend_severity kmend_severity_parse(const char *text);

enum kmend_erratum_kind {
	KMEND_ERRATUM_SECURITY,
	KMEND_ERRATUM_BUGFIX,
	KMEND_ERRATUM_ENHANCEMENT,
};
const char *kmend_erratum_kind_name(enum kmend_erratum_kind kind); /* "security", "bugfix", "enhancement" */

/* The first version of a package that has the fix. */
struct kmend_erratum_fix {
	char *package; /* "linux", "kernel" (source), or a binary package's name */
	char *version; /* "6.1.187-1", "5.14.0-427.13.1.el9_4" (epoch, if any, in front: "0:…") */
	char *suite;   /* "bookworm", or "" where it is not told */
	char *arch;    /* "x86_64", or "" for all */
};

struct kmend_erratum {
	char *id; /* "DSA-6001-1", "RHSA-2026:1234", "linux-6.1.187-1" for a version that only a changelog tells of */
	char *title;
	enum kmend_erratum_kind kind;
	enum kmend_severity severity;
	struct kmend_strv cves;
	struct kmend_erratum_fix *fixes;
	size_t nr_fixes;
	bool reboot;		      /* the vendor says that a reboot is wanted */
	int64_t issued;		      /* seconds since the epoch, or 0 */
	struct kmend_strv references; /* addresses */
};

/* What can be done with one change for one kernel build. X(id, name, what it means for the machine) */
#define KMEND_CHANGE_VERDICTS(X)                                                                  \
	X(UNKNOWN, "unknown", "not judged yet")                                                   \
	X(HOTPATCH, "hotpatch", "can be mended without a reboot")                                 \
	X(NEEDS_CODE, "needs-code", "can be mended without a reboot once its author writes code") \
	X(REBOOT, "reboot", "only a reboot into the new kernel mends it")                         \
	X(NO_CHANGE, "no-change", "this kernel's code does not have the fault")                   \
	X(INSEPARABLE, "inseparable", "cannot be told from other changes of the same version")    \
	X(FAILED, "failed", "kmend could not make an update of it")

enum kmend_change_verdict {
#define KMEND_CHANGE_ENUM(id, name, meaning) KMEND_CHANGE_##id,
	KMEND_CHANGE_VERDICTS(KMEND_CHANGE_ENUM)
#undef KMEND_CHANGE_ENUM
		KMEND_NR_CHANGE_VERDICTS
};
const char *kmend_change_verdict_name(enum kmend_change_verdict verdict);
const char *kmend_change_verdict_text(enum kmend_change_verdict verdict);

/* How it is known which lines a change has. X(id, name, meaning), the surest first */
#define KMEND_EVIDENCES(X)                                                                        \
	X(COMMIT, "commit", "the commit itself, named by the CVE's record or the changelog")      \
	X(CATALOGUE, "catalogue", "a vendor's catalogue names it")                                \
	X(RECORD, "record", "the CVE's record names its files, and nothing else is tied to them") \
	X(LISTING, "listing", "only this line of the changelog speaks of files like these")       \
	X(NONE, "none", "nothing tells which lines belong to it")

enum kmend_evidence {
#define KMEND_EVIDENCE_ENUM(id, name, meaning) KMEND_EVIDENCE_##id,
	KMEND_EVIDENCES(KMEND_EVIDENCE_ENUM)
#undef KMEND_EVIDENCE_ENUM
		KMEND_NR_EVIDENCES
};
const char *kmend_evidence_name(enum kmend_evidence evidence);

struct kmend_piece {
	char *id; /* of the update it becomes: "CVE-2026-52928", "6.1.187-1-0042" */
	char *subject;
	char *erratum;		   /* its erratum's id */
	struct kmend_strv cves;	   /* that this change mends; with others that name the same, together */
	struct kmend_strv also;	   /* further subjects that could not be told from it */
	struct kmend_strv files;   /* paths in the kernel's source */
	struct kmend_strv depends; /* ids of the changes that it has to sit on, in order */
	enum kmend_evidence evidence;
	char *origin; /* "commit 1234…", "catalogue FILE", "patch NAME", "" */
	char *diff;   /* path of its diff below the plan's directory, or "" */
	enum kmend_change_verdict verdict;
	struct kmend_strv reasons;   /* "CODE: TEXT" */
	struct kmend_strv functions; /* "UNIT NAME" that it replaces, once judged */
	char *package;		     /* its hotpatch package, once built, or "" */
};

/* Errata, oldest first, and the changes of one kernel build. Zero-initialise; kmend_errata_clear(). */
struct kmend_errata {
	char *release; /* the kernel build; NULL: not of one */
	char *version;
	char *to;	  /* the version that the changes lead to, or NULL */
	char *to_release; /* its kernel's release ("6.1.0-53-amd64"), or NULL */
	struct kmend_erratum *items;
	size_t count;
	struct kmend_piece *changes; /* in an order in which they can be applied */
	size_t nr_changes;
};
void kmend_errata_clear(struct kmend_errata *errata);
#define _cleanup_errata_ _cleanup_(kmend_errata_clear)

/* Add an empty one; strings are "" (never NULL) until set with kmend_errata_set(). Valid until the next add. */
struct kmend_erratum *kmend_errata_add(struct kmend_errata *errata, const char *id);
struct kmend_erratum_fix *kmend_erratum_add_fix(struct kmend_erratum *erratum, const char *package,
						const char *version);
struct kmend_piece *kmend_errata_add_change(struct kmend_errata *errata, const char *id);
void kmend_errata_set(char **text, const char *value); /* frees what was there */

struct kmend_erratum *kmend_errata_find(const struct kmend_errata *errata, const char *id);
struct kmend_piece *kmend_errata_find_change(const struct kmend_errata *errata, const char *id);
/* The change that mends a CVE, or NULL; of several, since all are needed, the one that leaves it open most surely. */
struct kmend_piece *kmend_errata_change_of(const struct kmend_errata *errata, const char *cve);

/* How many CVEs have which verdict, each counted once. ret_counts has KMEND_NR_CHANGE_VERDICTS. Returns their number. */
size_t kmend_errata_count_cves(const struct kmend_errata *errata, size_t *ret_counts);

/* Is this a CVE's name (CVE-YYYY-NNNN…)? */
bool kmend_cve_is_valid(const char *text);
/* Add every CVE that a text names to a list, each once. */
void kmend_cves_collect(const char *text, size_t size, struct kmend_strv *cves);

/*
 * Compare two versions of packages, epochs counted: by Debian's rules, or by RPM's if one carries the mark of an RPM
 * distribution (".el9"). Negative, 0, positive.
 */
int kmend_version_compare(const char *a, const char *b);

/* Leave only errata that mend `package` (NULL: any) and are newer than `after`, up to `to` (NULL: no limit). */
void kmend_errata_narrow(struct kmend_errata *errata, const char *package, const char *after, const char *to);
/* Sort by fixed version, then id. */
void kmend_errata_sort(struct kmend_errata *errata);
/*
 * Put what another source says to the errata of the same fixed version or id: severities, titles, references, CVEs, real
 * ids in place of made-up ones. `more` is emptied.
 */
void kmend_errata_merge(struct kmend_errata *errata, struct kmend_errata *more);

/* The list itself as JSON (kmend-errata(5)), and back; new memory. BAD_MANIFEST names the field. */
char *kmend_errata_format(const struct kmend_errata *errata);
int kmend_errata_parse(const char *text, size_t size, struct kmend_errata *ret_errata, struct kmend_error *error);
int kmend_errata_read(const char *path, struct kmend_errata *ret_errata, struct kmend_error *error);

/* Readers. All add to *errata; on an error it may hold what came before. Inputs need not end with NUL. */
/* @after: stop at this version, which is older than what is wanted (changelogs begin with the newest), or NULL */
int kmend_changelog_parse(const char *text, size_t size, const char *after, struct kmend_errata *errata,
			  struct kmend_error *error);
int kmend_osv_parse(const char *text, size_t size, struct kmend_errata *errata, struct kmend_error *error);
int kmend_dsa_list_parse(const char *text, size_t size, struct kmend_errata *errata, struct kmend_error *error);
/* The tracker's JSON: {"linux": {"CVE-…": {"releases": {SUITE: {"fixed_version", "urgency"}}}}} */
int kmend_tracker_parse(const char *text, size_t size, const char *package, const char *suite,
			struct kmend_errata *errata, struct kmend_error *error);
/* Whichever of these (or a list as above) it is, by its content. */
struct kmend_errata_filter {
	const char *package; /* source package: "linux" */
	const char *suite;   /* "bookworm", or NULL: any */
	const char *after;   /* version that is there already, or NULL */
};
int kmend_errata_load(const char *path, const struct kmend_errata_filter *filter, struct kmend_errata *errata,
		      struct kmend_error *error);

#endif
