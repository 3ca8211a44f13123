// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "../base/file.h"
#include "../create/create.h"
#include "commands.h"
#include "config.h"
#include "judged.h"
#include "report.h"
#include "scratch.h"

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	{ "kernel", 'k', "RELEASE", "the kernel build, as 'uname -r' prints it" },
	{ "jobs", 'j', "N", "how many compilers to run at once (default: one per processor)" },
	{ "source", 0, "DIR", "the kernel's exact source, instead of the distribution's package" },
	{ "headers", 0, "DIR", "its headers with .config and Module.symvers, instead of the package" },
	{ "base", 'b', "FILE",
	  "an update (ID.kmend) that the change is to sit on; may be given several times, in order" },
	{ "waive", 0, "WAIVER",
	  "CODE[:SYMBOL]=TEXT: a reason that needs no code, and why; may be given several times" },
	{ "json", 0, NULL, "print the verdict as JSON on standard output" },
	{ "quiet", 'q', NULL, "do not show the steps" },
	{ 0 },
};

const struct kmend_command kmend_command_assess = {
	.name = "assess",
	.arguments = "DIFF --kernel RELEASE [OPTION]...",
	.summary = "say whether a diff can become an update, and why",
	.description =
		"Judges a change to the source of one kernel build, by what it does to the compiled kernel. The verdict is\n"
		"hotpatch; hotpatch+hook, where the author has to write code for data that the running kernel holds already; or\n"
		"reboot. Each reason names the file, function, datum or type it was seen in, and what to do about it. Nothing is\n"
		"made, and the machine it runs on is not touched; what is compiled is used again by 'kmend create'.\n\n"
		"Exit status: 0 it can become an update as it is; 18 code of the author's is needed; 16 only a reboot helps;\n"
		"66 the diff changes no code; 10 it does not apply; 11 it touches nothing that the kernel builds; 12 it does not\n"
		"compile; 13 no such kernel; 14 source of another version; 15 another compiler.",
	.options = options,
	.run = run,
};

/* What the command line says. */
struct arguments {
	struct kmend_create_request request;
	const char *jobs;
	bool json;
	bool quiet;
};

static int wrong(struct kmend_error *error, const char *what)
{
	kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "%s", what);
	kmend_advise(error, "See 'kmend assess --help'.");
	return -EINVAL;
}

static void take(struct arguments *arguments, const char *name, const char *value)
{
	struct kmend_create_request *request = &arguments->request;

	if (!strcmp(name, "kernel"))
		request->kernel.release = value;
	else if (!strcmp(name, "jobs"))
		arguments->jobs = value;
	else if (!strcmp(name, "source"))
		request->kernel.source = value;
	else if (!strcmp(name, "headers"))
		request->kernel.headers = value;
	else if (!strcmp(name, "waive"))
		kmend_strv_add(&request->waivers, value);
	else if (!strcmp(name, "base"))
		kmend_strv_add(&request->bases, value);
	else if (!strcmp(name, "json"))
		arguments->json = true;
	else
		arguments->quiet = true;
}

static int parse(int argc, char **argv, struct arguments *arguments, struct kmend_error *error)
{
	struct kmend_create_request *request = &arguments->request;
	const struct kmend_option *option;
	const char *value;
	char *end = NULL;
	long jobs;
	int index = 1;

	while ((option = kmend_next_option(&kmend_command_assess, argc, argv, &value, &index, error)))
		take(arguments, option->name, value);
	kmend_cli_set_json(arguments->json);
	if (error->status)
		return -EINVAL;
	if (index + 1 != argc)
		return wrong(error, index < argc ? "assess takes one diff" : "assess needs a diff");
	if (!request->kernel.release)
		return wrong(error, "assess needs --kernel");
	request->diff = argv[index];
	jobs = arguments->jobs ? strtol(arguments->jobs, &end, 10) : sysconf(_SC_NPROCESSORS_ONLN);
	if (jobs < 1 || jobs > 1024 || (end && *end))
		return wrong(error, "--jobs needs a number from 1 to 1024");
	request->jobs = jobs;
	return 0;
}

static void print_json(const struct kmend_create_request *request, const struct kmend_create_result *result,
		       const struct kmend_progress *progress, enum kmend_status status)
{
	struct json_object *root = json_object_new_object();

	json_object_object_add(root, "schema", json_object_new_int(1));
	json_object_object_add(root, "command", json_object_new_string("assess"));
	json_object_object_add(root, "status", json_object_new_int(status));
	json_object_object_add(root, "status_name", json_object_new_string(kmend_status_name(status)));
	json_object_object_add(root, "release", json_object_new_string(request->kernel.release));
	json_object_object_add(root, "version", kmend_json_text(result->version));
	kmend_json_judged(root, result);
	json_object_object_add(root, "steps", kmend_json_steps(progress));
	kmend_json_print(root);
}

static void print_verdict(const struct kmend_create_request *request, const struct kmend_create_result *result)
{
	const struct kmend_assessment *assessment = &result->assessment;
	static const char *const meanings[] = {
		[KMEND_VERDICT_HOTPATCH] = "can become an update",
		[KMEND_VERDICT_HOTPATCH_HOOK] = "can become an update by the hooks that the diff brings",
		[KMEND_VERDICT_REBOOT] = "cannot become an update",
	};

	printf("%s: %s for kernel %s (%s)\n", kmend_verdict_name(assessment->verdict),
	       assessment->nr_open && assessment->verdict == KMEND_VERDICT_HOTPATCH_HOOK
		       ? "needs code of the author's to become an update"
		       : meanings[assessment->verdict],
	       request->kernel.release, result->version);
	kmend_print_findings(stdout, assessment, true);
	for (size_t i = 0; i < result->nr_functions; i++)
		printf("  %-8s %s (%s)\n", result->functions[i].change, result->functions[i].name,
		       result->functions[i].unit);
}

static enum kmend_status status_of(const struct kmend_assessment *assessment)
{
	if (!assessment->nr_open)
		return KMEND_STATUS_OK;
	return assessment->verdict == KMEND_VERDICT_REBOOT ? KMEND_STATUS_OUT_OF_SCOPE : KMEND_STATUS_NEEDS_CODE;
}

static int assess(struct arguments *arguments, struct kmend_error *error)
{
	struct kmend_create_result result = { 0 };
	struct kmend_progress *progress = kmend_progress_new(arguments->quiet ? NULL : stderr);
	int code = kmend_create_assess(&arguments->request, progress, &result, error);
	enum kmend_status status = code ? error->status : status_of(&result.assessment);

	for (size_t i = 0; i < result.ignored.count && !arguments->json; i++)
		fprintf(stderr, "kmend: left out: %s\n", result.ignored.items[i]);
	if (!code && arguments->json)
		print_json(&arguments->request, &result, progress, status);
	else if (!code)
		print_verdict(&arguments->request, &result);
	kmend_progress_free(progress);
	kmend_create_result_free(&result);
	return status;
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	struct arguments arguments = { 0 };
	const char *data = secure_getenv("KMEND_DATA_PATH");
	_cleanup_free_ char *cache = kmend_cache_directory(), *scratch = NULL;
	_cleanup_free_ char *include = kmend_path(data && *data ? data : KMEND_DATA_DIRECTORY, "include");
	int status = KMEND_STATUS_USAGE;

	if (!parse(argc, argv, &arguments, error)) {
		arguments.request.cache = cache;
		arguments.request.include = include;
		status = kmend_scratch_make(NULL, &scratch, error) ? (int)error->status : KMEND_STATUS_OK;
	}
	if (status == KMEND_STATUS_OK) {
		arguments.request.scratch = scratch;
		status = assess(&arguments, error);
		kmend_scratch_remove();
	}
	kmend_strv_free(&arguments.request.waivers);
	kmend_strv_free(&arguments.request.bases);
	return status;
}
