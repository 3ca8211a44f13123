// SPDX-License-Identifier: GPL-2.0
#include "report.h"

#include <string.h>

#include "../apply/refusal.h"
#include "command.h"

/* Names of files, and what other programs say, may hold anything: on a terminal it stays text. */
static void print_tame(const char *before, const char *text, const char *after)
{
	_cleanup_free_ char *tame = kmend_strdup(text);

	kmend_text_tame(tame);
	fprintf(stderr, "%s%s%s\n", before, tame, after);
}

void kmend_report_error(const struct kmend_error *error)
{
	_cleanup_free_ char *detail = kmend_strdup(error->detail);
	char *rest = detail;

	if (!error->message[0])
		return;
	print_tame("kmend: ", error->message, ".");
	while (rest && *rest)
		print_tame("", strsep(&rest, "\n"), "");
	if (error->advice[0])
		print_tame("kmend: ", error->advice, "");
}

void kmend_report_begin(struct kmend_report *report, const char *command, bool json, bool quiet, bool dry_run)
{
	*report = (struct kmend_report){
		.command = command,
		.json = json,
		.quiet = quiet,
		.dry_run = dry_run,
		.updates = json ? json_object_new_array() : NULL,
	};
}

static struct json_object *json_error(const struct kmend_error *error)
{
	struct json_object *object;

	if (error->status == KMEND_STATUS_OK)
		return NULL;
	object = json_object_new_object();
	json_object_object_add(object, "status", json_object_new_int(error->status));
	json_object_object_add(object, "name", json_object_new_string(kmend_status_name(error->status)));
	json_object_object_add(object, "message", json_object_new_string(error->message));
	json_object_object_add(object, "advice", json_object_new_string(error->advice));
	return object;
}

static struct json_object *json_result(const struct kmend_result *result, const struct kmend_error *error,
				       const struct kmend_step *step)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "id", kmend_json_text(result->id));
	json_object_object_add(object, "outcome", json_object_new_string(kmend_outcome_name(result->outcome)));
	if (step) {
		json_object_object_add(object, "condition",
				       json_object_new_string(kmend_condition_row(step->condition)->name));
		json_object_object_add(object, "action", json_object_new_string(kmend_action_name(step->action)));
	}
	json_object_object_add(object, "refusal", kmend_json_refusal(result->refusal));
	json_object_object_add(object, "blockers", kmend_json_blockers(&result->blockers));
	json_object_object_add(object, "targets", kmend_json_targets(&result->targets));
	json_object_object_add(object, "functions", kmend_json_functions(&result->functions));
	json_object_object_add(object, "attempts", json_object_new_int64(result->attempts));
	json_object_object_add(object, "pause_ns", json_object_new_int64(result->pause_ns));
	json_object_object_add(object, "replaced", kmend_json_list(&result->replaced));
	json_object_object_add(object, "engine", result->engine ? json_object_new_string(result->engine) : NULL);
	json_object_object_add(object, "remaining", json_object_new_int64(result->remaining));
	json_object_object_add(object, "stays_loaded", json_object_new_boolean(result->stays_loaded));
	json_object_object_add(object, "error", json_error(error));
	return object;
}

/* What is told of each outcome that is no error. */
static const char *const outcome_texts[] = {
	[KMEND_OUTCOME_APPLIED] = "applied",
	[KMEND_OUTCOME_ALREADY_APPLIED] = "is applied already",
	[KMEND_OUTCOME_CHECKED] = "could be switched now; nothing was changed",
	[KMEND_OUTCOME_REVERSED] = "reversed",
	[KMEND_OUTCOME_NOT_APPLIED] = "is not applied; nothing to undo",
	[KMEND_OUTCOME_REPLACED] = "is replaced by a cumulative update that is in force; nothing to do",
	[KMEND_OUTCOME_SKIPPED] = "skipped",
};

static void print_result(const struct kmend_result *result)
{
	bool switched = result->outcome == KMEND_OUTCOME_APPLIED || result->outcome == KMEND_OUTCOME_REVERSED;
	const char *text =
		(size_t)result->outcome < KMEND_ARRAY_SIZE(outcome_texts) ? outcome_texts[result->outcome] : NULL;

	_cleanup_free_ char *targets = kmend_targets_text(&result->targets);

	printf("%s: %s", result->id, text ? text : kmend_outcome_name(result->outcome));
	if (switched && result->engine && !strcmp(result->engine, "gradual"))
		printf(" (%zu function%s, task by task)", result->functions.count,
		       result->functions.count == 1 ? "" : "s");
	else if (switched)
		printf(" (%zu function%s, pause %.3f ms)", result->functions.count,
		       result->functions.count == 1 ? "" : "s", result->pause_ns / 1e6);
	for (size_t i = 0; i < result->replaced.count; i++)
		printf("%s %s", i ? "," : "; took the place of", result->replaced.items[i]);
	if (targets && result->outcome != KMEND_OUTCOME_REVERSED)
		printf("; %s", targets);
	if (result->stays_loaded)
		printf("; its code stays in memory until the next boot, unused");
	putchar('\n');
	if (result->outcome == KMEND_OUTCOME_CHECKED)
		for (size_t i = 0; i < result->functions.count; i++)
			printf("  %s\n", result->functions.items[i]);
	fflush(stdout);
}

/* What reconcile does about a condition: while it does it, and in a dry run. */
static const struct {
	const char *now, *dry;
} step_texts[] = {
	[KMEND_ACTION_NONE] = { "left alone", "would leave it alone" },
	[KMEND_ACTION_APPLY] = { "applying it", "would apply it" },
	[KMEND_ACTION_UNDO] = { "undoing it", "would undo it" },
	[KMEND_ACTION_UNLOAD] = { "taking its module out", "would take its module out" },
	[KMEND_ACTION_RECORD] = { "noted", "would note it" },
};

static void print_step(const struct kmend_step *step, bool dry_run)
{
	const struct kmend_condition_row *row = kmend_condition_row(step->condition);

	printf("%s: %s: %s\n", step->result.id, row->text,
	       dry_run ? step_texts[step->action].dry : step_texts[step->action].now);
	fflush(stdout);
}

void kmend_report_result(struct kmend_report *report, const struct kmend_result *result,
			 const struct kmend_error *error, const struct kmend_step *step)
{
	if (error->status > report->worst)
		report->worst = error->status;
	if (report->json)
		json_object_array_add(report->updates, json_result(result, error, step));
	if (!report->json && !report->quiet && step)
		print_step(step, report->dry_run);
	if (error->status != KMEND_STATUS_OK)
		kmend_report_error(error);
	else if (!report->json && !report->quiet &&
		 (!step ||
		  (!report->dry_run && step->action != KMEND_ACTION_RECORD && step->action != KMEND_ACTION_UNLOAD)))
		print_result(result);
}

int kmend_report_end(struct kmend_report *report)
{
	struct json_object *root;

	if (!report->json)
		return report->worst;
	root = json_object_new_object();
	json_object_object_add(root, "schema", json_object_new_int(1));
	json_object_object_add(root, "command", json_object_new_string(report->command));
	json_object_object_add(root, "status", json_object_new_int(report->worst));
	json_object_object_add(root, "status_name", json_object_new_string(kmend_status_name(report->worst)));
	json_object_object_add(root, "dry_run", json_object_new_boolean(report->dry_run));
	json_object_object_add(root, "updates", kmend_steal(report->updates));
	kmend_json_print(root);
	return report->worst;
}
