// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "commands.h"
#include "judging.h"
#include "planning.h"
#include "report.h"

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	{ "kernel", 'k', "RELEASE", "the kernel build, as 'uname -r' prints it" },
	KMEND_OPTIONS_PLANNING,
	{ "output", 'o', "DIR", "where to write plan and diffs (default: plan-RELEASE here)" },
	{ "no-assess", 0, NULL, "do not judge the changes" },
	{ "json", 0, NULL, "print the plan as JSON on standard output" },
	{ "quiet", 'q', NULL, "do not show the steps" },
	{ 0 },
};

const struct kmend_command kmend_command_plan = {
	.name = "plan",
	.arguments = "--kernel RELEASE [--to VERSION | --erratum ID] [OPTION]...",
	.summary = "cut a new version into changes that can become updates",
	.description =
		"Finds out which single changes lead from a kernel build to a newer version of its package, writes the diff of\n"
		"each, says which CVEs it mends, judges it, and orders them by what sits on what. With --git the changes are the\n"
		"stable tree's commits; a catalogue names them exactly, too; else the difference of the two versions' sources is\n"
		"cut where nothing ties its pieces. What cannot be told apart is called inseparable, never guessed.",
	.options = options,
	.run = run,
};

struct arguments {
	struct kmend_planning planning;
	const char *release;
	const char *output;
	bool no_assess;
	bool json;
	bool quiet;
};

static int parse(int argc, char **argv, struct arguments *arguments, struct kmend_error *error)
{
	const struct kmend_option *option;
	const char *value;
	int index = 1;

	arguments->planning.jobs = sysconf(_SC_NPROCESSORS_ONLN);
	while ((option = kmend_next_option(&kmend_command_plan, argc, argv, &value, &index, error))) {
		if (kmend_planning_option(&arguments->planning, option, value, error))
			continue;
		if (!strcmp(option->name, "kernel"))
			arguments->release = value;
		else if (!strcmp(option->name, "output"))
			arguments->output = value;
		else if (!strcmp(option->name, "no-assess"))
			arguments->no_assess = true;
		else if (!strcmp(option->name, "json"))
			arguments->json = true;
		else
			arguments->quiet = true;
	}
	kmend_cli_set_json(arguments->json);
	if (error->status)
		return -EINVAL;
	if (index < argc)
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "plan takes no operands");
	if (!arguments->release)
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "plan needs --kernel");
	return 0;
}

static void print_plan(const struct kmend_errata *errata, const char *directory)
{
	size_t counts[KMEND_NR_CHANGE_VERDICTS] = { 0 }, of_cves[KMEND_NR_CHANGE_VERDICTS], separable = 0;
	size_t nr_cves = kmend_errata_count_cves(errata, of_cves);

	for (size_t i = 0; i < errata->nr_changes; i++) {
		const struct kmend_piece *change = &errata->changes[i];

		printf("%-20s  %-11s  %-9s  %s", change->id, kmend_change_verdict_name(change->verdict),
		       kmend_evidence_name(change->evidence), change->subject);
		if (change->also.count)
			printf(" (with %zu more)", change->also.count);
		if (change->depends.count)
			printf(" [on %s%s]", change->depends.items[change->depends.count - 1],
			       change->depends.count > 1 ? ", …" : "");
		putchar('\n');
		counts[change->verdict]++;
		separable += *change->diff ? change->cves.count : 0;
	}
	printf("\n%s -> %s: %zu changes with %zu CVEs; %zu CVEs have a diff of their own:", errata->version,
	       errata->to ? errata->to : "?", errata->nr_changes, nr_cves, separable);
	for (int i = 0; i < KMEND_NR_CHANGE_VERDICTS; i++)
		if (counts[i])
			printf(" %zu %s", counts[i], kmend_change_verdict_name(i));
	printf("\nPlan and diffs are in %s.\n", directory);
}

static int plan(struct arguments *arguments, struct kmend_error *error)
{
	struct kmend_progress *progress = kmend_progress_new(arguments->quiet ? NULL : stderr);
	_cleanup_free_ char *directory =
		arguments->output ? kmend_strdup(arguments->output) : kmend_format("plan-%s", arguments->release);
	_cleanup_errata_ struct kmend_errata errata = { 0 };
	struct kmend_judging judging = {
		.directory = directory,
		.release = arguments->release,
		.source = arguments->planning.source,
		.headers = arguments->planning.headers,
		.jobs = arguments->planning.jobs,
		.progress = progress,
	};
	int code = kmend_planning_make(&arguments->planning, arguments->release, directory, false, progress, &errata,
				       error);

	if (!code && !arguments->no_assess) {
		kmend_step_begin(progress, "assess", "judging the changes");
		code = kmend_judge(&judging, &errata, error);
		if (code)
			kmend_step_fail(progress);
		else
			kmend_step_end(progress, "%zu changes", errata.nr_changes);
	}
	if (!code)
		code = kmend_planning_save(&errata, directory, error);
	kmend_progress_free(progress);
	if (code)
		return error->status;
	if (arguments->json) {
		_cleanup_free_ char *text = kmend_errata_format(&errata);

		fputs(text, stdout);
	} else {
		print_plan(&errata, directory);
	}
	return KMEND_STATUS_OK;
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	struct arguments arguments = { 0 };
	int status = parse(argc, argv, &arguments, error) ? (int)error->status : plan(&arguments, error);

	kmend_planning_clear(&arguments.planning);
	return status;
}
