/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the commands around the running kernel tell, as text and as JSON ("schema": 1). Later versions may add members.
 *
 * apply, undo, reconcile:
 *   {"schema":1, "command":NAME, "status":N, "status_name":NAME, "dry_run":BOOL, "updates":[RESULT...]}
 *   RESULT: {"id", "outcome":applied|already-applied|checked|pending|busy|refused|reversed|not-applied|skipped|failed,
 *            "refusal":null|REFUSAL, "blockers":[BLOCKER...], "targets":[TARGET...], "functions":[FUNCTION...],
 *            "attempts":N, "pause_ns":N, "stays_loaded":BOOL,
 *            "error":null|{"status":N,"name","message","advice"}}
 *            and from reconcile also "condition" (before) and "action":apply|undo|unload|record
 * status, view:
 *   {"schema":1, "command":NAME, "status":N, "status_name":NAME,
 *    "kernel":{"release","version","boot_id"}, "kmend":{"version","module_version":null|TEXT,"switched_off":null|TEXT},
 *    "updates":[UPDATE...], "warnings":[TEXT...]}
 *   and from status also "missing":[PACKAGE...], recommended by an installed seed package but never installed
 *   UPDATE: {"id","release","condition","text","applied":BOOL,"installed":BOOL,"package","description","cves":[TEXT...],
 *            "pause_ns":N,"escapes":BOOL,"refusal":null|REFUSAL,"blockers":[BLOCKER...],"targets":[TARGET...],
 *            "functions":[FUNCTION...],"kernel_state":null|TEXT,
 *            "record":null|{"state","boot_id","this_boot":BOOL,"attempts":N,"updated":EPOCH}}
 * TARGET: {"name","state":loaded|armed|late|refused, or null while the update is not in the kernel; only of a refused one: "refusal":REFUSAL}
 * REFUSAL: {"name","text","detail","advice"}; BLOCKER: {"pid":N,"comm","function"}; FUNCTION: {"unit","function","size":N}
 */
#ifndef KMEND_CLI_REPORT_H
#define KMEND_CLI_REPORT_H

#include <json-c/json.h>

#include "../apply/situation.h"

struct kmend_report {
	const char *command;
	bool json;
	bool quiet;
	bool dry_run;
	enum kmend_status worst; /* of all results */
	struct json_object *updates;
};

/* Begin; from now on errors are shown by the report. */
void kmend_report_begin(struct kmend_report *report, const char *command, bool json, bool quiet, bool dry_run);

/* One result: printed now, or kept for the JSON. @error: status OK or why it failed. @step: of reconcile, or NULL. */
void kmend_report_result(struct kmend_report *report, const struct kmend_result *result,
			 const struct kmend_error *error, const struct kmend_step *step);

/* End: prints the JSON. Returns the exit status. */
int kmend_report_end(struct kmend_report *report);

/* Text of an error as main() prints it, on standard error. */
void kmend_report_error(const struct kmend_error *error);

/* Pieces of the JSON. New objects. */
struct json_object *kmend_json_text(const char *text); /* "" for NULL */
struct json_object *kmend_json_refusal(const char *refusal);
struct json_object *kmend_json_list(const struct kmend_strv *list);
struct json_object *kmend_json_blockers(const struct kmend_strv *lines);
/* Lines "NAME STATE" as objects. */
struct json_object *kmend_json_targets(const struct kmend_strv *lines);
struct json_object *kmend_json_functions(const struct kmend_strv *lines);
struct json_object *kmend_json_situation(const struct kmend_machine *machine, const struct kmend_situation *situation,
					 const struct kmend_strv *packages);
struct json_object *kmend_json_picture(const struct kmend_machine *machine, const struct kmend_picture *picture,
				       const char *command);
/* Print and free. */
void kmend_json_print(struct json_object *object);

/* "RELEASE ID PACKAGE VERSION" lines of the packager; none without a plugin. */
void kmend_packages_read(struct kmend_strv *ret_packages);
/* Packages that were published for this machine's kernels but left out (apt-get upgrade installs no new package). */
void kmend_missing_read(struct kmend_strv *ret_packages);
/* Package of a situation: the packager's word, else the record's; new memory, or NULL: none. */
char *kmend_package_of(const struct kmend_situation *situation, const struct kmend_strv *packages);

#endif
