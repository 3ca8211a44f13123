/* SPDX-License-Identifier: GPL-2.0 */
/* What plan and build share: their options, and making the plan of one kernel. */
#ifndef KMEND_CLI_PLANNING_H
#define KMEND_CLI_PLANNING_H

#include "../errata/plan.h"
#include "command.h"

/* What the command line says of a plan. Strings borrowed. */
struct kmend_planning {
	const char *to;
	const char *to_release;
	const char *erratum;
	const char *source;
	const char *to_source;
	const char *headers;
	const char *version;
	struct kmend_plan_request request;
	struct kmend_strv from;
	unsigned int jobs;
};
void kmend_planning_clear(struct kmend_planning *planning);

/* clang-format off */
#define KMEND_OPTIONS_PLANNING                                                                                     \
	{ "to", 't', "VERSION", "the version of the kernel's package to get to (default: the newest)" },           \
	{ "to-release", 0, "RELEASE", "uname -r of that version, where the errata do not tell" },                  \
	{ "erratum", 'e', "ID", "only this erratum" },                                                             \
	{ "cve", 0, "CVE", "only this CVE; may be given several times" },                                          \
	{ "git", 'g', "DIR", "a clone of the stable tree: changes are its commits" },                              \
	{ "cve-records", 'R', "DIR", "CVE records (CVE JSON 5), which name the commits and files" },               \
	{ "catalogue", 'C', "FILE", "a catalogue of exact changes; see kmend-catalogue(5)" },                      \
	{ "from", 'f', "FILE", "a changelog, or another list of errata; may be given several times" },             \
	{ "version", 'V', "VERSION", "version of the kernel's package (default: looked up)" },                     \
	{ "source", 0, "DIR", "the kernel's exact source, instead of the distribution's package" },                \
	{ "to-source", 0, "DIR", "the source of the version to get to" },                                          \
	{ "headers", 0, "DIR", "its headers with .config and Module.symvers, instead of the package" },            \
	{ "all", 'a', NULL, "changes without a CVE, too" },                                                        \
	{ "by-listing", 0, NULL, "take changes that only the changelog's wording ties to files" },                 \
	{ "jobs", 'j', "N", "how many changes to judge at once (default: one per processor)" }
/* clang-format on */

/* Take an option of these; false: it is another's. */
bool kmend_planning_option(struct kmend_planning *planning, const struct kmend_option *option, const char *value,
			   struct kmend_error *error);

/*
 * Make the plan of a kernel build; `directory` gets the diffs. Sources are found or downloaded as far as needed. With
 * `keep` the plan is saved there, too, and one of the same inputs that lies there is taken as it is.
 */
int kmend_planning_make(struct kmend_planning *planning, const char *release, const char *directory, bool keep,
			struct kmend_progress *progress, struct kmend_errata *errata, struct kmend_error *error);

/* Write it as DIRECTORY/plan.json. */
int kmend_planning_save(const struct kmend_errata *errata, const char *directory, struct kmend_error *error);

#endif
