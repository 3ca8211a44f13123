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
	{ "diff", 'd', "FILE", "the change: a unified diff against that kernel's source" },
	{ "diffext", 0, "EXT", "the change: each file F of --source that has an amended version F+EXT beside it" },
	{ "id", 'i', "ID", "name of the update (letters, digits and . _ + -)" },
	{ "description", 0, "TEXT", "what it fixes, in one line" },
	{ "base", 'b', "FILE",
	  "an update (ID.kmend) that this one is to sit on; may be given several times, in order" },
	{ "replaces", 0, "ID",
	  "a cumulative update: it takes the place of that one, in one stop; may be given several times" },
	{ "engine", 0, "ENGINE", "'stop' or 'gradual' (default: by the verdict)" },
	{ "may-be-gradual", 0, NULL, "allow the engine 'gradual' where the code is busy each time" },
	{ "output", 'o', "FILE", "where to write the container (default: ID.kmend here)" },
	{ "jobs", 'j', "N", "how many compilers to run at once (default: one per processor)" },
	{ "source", 0, "DIR", "the kernel's exact source, instead of the distribution's package" },
	{ "headers", 0, "DIR", "its headers with .config and Module.symvers, instead of the package" },
	{ "cve", 0, "CVE", "a CVE that it fixes; may be given several times" },
	{ "erratum", 0, "ID", "the vendor's notice that it is from" },
	{ "waive", 0, "WAIVER",
	  "CODE[:SYMBOL]=TEXT: a reason that needs no code, and why; may be given several times" },
	{ "keep", 0, "DIR", "keep the working files in this empty directory" },
	{ "json", 0, NULL, "print the result as JSON on standard output" },
	{ "quiet", 'q', NULL, "do not show the steps" },
	{ 0 },
};

const struct kmend_command kmend_command_create = {
	.name = "create",
	.arguments =
		"--kernel RELEASE (--diff FILE | --diffext EXT --source DIR) --id ID --description TEXT [OPTION]...",
	.summary = "make an update from a diff",
	.description =
		"Makes an update for one kernel build from a change to its source. Source, headers and configuration come\n"
		"from the distribution's packages for exactly that build, downloaded without root and kept in the cache\n"
		"(~/.cache/kmend), or from directories given. The machine it runs on is not touched.\n\n"
		"With --diffext, as with ksplice: copy F to F+EXT (sys.c to sys.c.fixed, --diffext=.fixed) and edit the copy.\n\n"
		"With --base the change is one to the source as the given updates have made it. The new update can only be\n"
		"applied while these are, in exactly the builds that were given, and they cannot be undone before it.\n\n"
		"Exit status: 0 made; 66 the diff changes no code; 10 it does not apply; 11 it touches nothing that the kernel\n"
		"builds; 12 it does not compile; 13 no such kernel; 14 source of another version; 15 another compiler;\n"
		"16 out of scope, with the reasons; 17 an update given as base does not fit.",
	.options = options,
	.run = run,
};

/* What the command line says: the request, and how to show the result. */
struct arguments {
	struct kmend_create_request request;
	const char *jobs;
	const char *keep;
	const char *engine;
	bool json;
	bool quiet;
};

static void arguments_free(struct arguments *arguments)
{
	kmend_strv_free(&arguments->request.cves);
	kmend_strv_free(&arguments->request.waivers);
	kmend_strv_free(&arguments->request.bases);
	kmend_strv_free(&arguments->request.replaces);
}

static const char **argument_of(struct arguments *arguments, const char *name)
{
	struct kmend_create_request *request = &arguments->request;
	const struct {
		const char *name;
		const char **value;
	} rows[] = {
		{ "kernel", &request->kernel.release },
		{ "diff", &request->diff },
		{ "diffext", &request->diff_extension },
		{ "id", &request->id },
		{ "description", &request->description },
		{ "output", &request->output },
		{ "jobs", &arguments->jobs },
		{ "source", &request->kernel.source },
		{ "headers", &request->kernel.headers },
		{ "erratum", &request->erratum },
		{ "keep", &arguments->keep },
		{ "engine", &arguments->engine },
	};

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
			return rows[i].value;
	return NULL;
}

static int wrong(struct kmend_error *error, const char *what)
{
	kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "%s", what);
	kmend_advise(error, "See 'kmend create --help'.");
	return -EINVAL;
}

static int parse(int argc, char **argv, struct arguments *arguments, struct kmend_error *error)
{
	struct kmend_create_request *request = &arguments->request;
	const struct kmend_option *option;
	const char *value;
	char *end = NULL;
	long jobs;
	int index = 1;

	while ((option = kmend_next_option(&kmend_command_create, argc, argv, &value, &index, error))) {
		if (!strcmp(option->name, "json"))
			arguments->json = true;
		else if (!strcmp(option->name, "quiet"))
			arguments->quiet = true;
		else if (!strcmp(option->name, "cve"))
			kmend_strv_add(&request->cves, value);
		else if (!strcmp(option->name, "base"))
			kmend_strv_add(&request->bases, value);
		else if (!strcmp(option->name, "replaces"))
			kmend_strv_add(&request->replaces, value);
		else if (!strcmp(option->name, "may-be-gradual"))
			request->may_be_gradual = true;
		else if (!strcmp(option->name, "waive"))
			kmend_strv_add(&request->waivers, value);
		else
			*argument_of(arguments, option->name) = value;
	}
	kmend_cli_set_json(arguments->json);
	if (error->status)
		return -EINVAL;
	if (index < argc)
		return wrong(error, "create takes no operands");
	if (!request->kernel.release || !request->id || !request->description)
		return wrong(error, "create needs --kernel, --id and --description");
	if (!request->diff == !request->diff_extension)
		return wrong(error, "create needs either --diff or --diffext");
	if (request->diff_extension && !request->kernel.source)
		return wrong(error, "--diffext needs --source: the directory with the original and the amended files");
	if (arguments->engine && strcmp(arguments->engine, "stop") && strcmp(arguments->engine, "gradual"))
		return wrong(error, "--engine is 'stop' or 'gradual'");
	if (arguments->engine)
		request->engine =
			strcmp(arguments->engine, "stop") ? KMEND_CREATE_ENGINE_GRADUAL : KMEND_CREATE_ENGINE_STOP;
	if (request->may_be_gradual && request->engine == KMEND_CREATE_ENGINE_GRADUAL)
		return wrong(error, "--may-be-gradual is for updates whose engine is 'stop'");
	for (size_t i = 0; i < request->replaces.count; i++)
		if (!kmend_id_is_valid(request->replaces.items[i]) || !strcmp(request->replaces.items[i], request->id))
			return wrong(error, "--replaces needs the id of another update");
	jobs = arguments->jobs ? strtol(arguments->jobs, &end, 10) : sysconf(_SC_NPROCESSORS_ONLN);
	if (jobs < 1 || jobs > 1024 || (end && *end))
		return wrong(error, "--jobs needs a number from 1 to 1024");
	request->jobs = jobs;
	return 0;
}

static void print_json(const struct kmend_create_request *request, const struct kmend_create_result *result,
		       const struct kmend_progress *progress)
{
	struct json_object *root = json_object_new_object();

	json_object_object_add(root, "id", json_object_new_string(request->id));
	json_object_object_add(root, "path", json_object_new_string(result->path));
	json_object_object_add(root, "release", json_object_new_string(request->kernel.release));
	json_object_object_add(root, "version", json_object_new_string(result->version));
	kmend_json_judged(root, result);
	json_object_object_add(root, "module_size", json_object_new_int64(result->module_size));
	json_object_object_add(root, "size", json_object_new_int64(result->size));
	json_object_object_add(root, "steps", kmend_json_steps(progress));
	kmend_json_print(root);
}

/* What was found is part of the JSON of a failure too. */
static struct json_object *judged_json(const struct kmend_create_result *result)
{
	struct json_object *root = json_object_new_object();

	kmend_json_judged(root, result);
	return root;
}

static void print_result(const struct kmend_create_request *request, const struct kmend_create_result *result)
{
	printf("%s: update %s for kernel %s (%s)\n", result->path, request->id, request->kernel.release,
	       result->version);
	for (size_t i = 0; i < result->nr_functions; i++)
		printf("  %-8s %s (%s)\n", result->functions[i].change, result->functions[i].name,
		       result->functions[i].unit);
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	struct arguments arguments = { 0 };
	struct kmend_create_result result = { 0 };
	struct kmend_progress *progress;
	const char *data = secure_getenv("KMEND_DATA_PATH");
	_cleanup_free_ char *cache = kmend_cache_directory(), *scratch = NULL;
	_cleanup_free_ char *include = kmend_path(data && *data ? data : KMEND_DATA_DIRECTORY, "include");
	int code = parse(argc, argv, &arguments, error);

	if (code) {
		arguments_free(&arguments);
		return error->status;
	}
	arguments.request.cache = cache;
	arguments.request.include = include;
	code = kmend_scratch_make(arguments.keep, &scratch, error);
	if (code) {
		arguments_free(&arguments);
		return error->status;
	}
	arguments.request.scratch = scratch;
	progress = kmend_progress_new(arguments.quiet ? NULL : stderr);
	code = kmend_create(&arguments.request, progress, &result, error);
	kmend_scratch_remove();
	/* What was left out is told in any case, before the error if there is one. */
	for (size_t i = 0; i < result.ignored.count && !arguments.json; i++)
		fprintf(stderr, "kmend: left out: %s\n", result.ignored.items[i]);
	if (!arguments.json)
		kmend_print_findings(stderr, &result.assessment, !code);
	if (code && arguments.json)
		kmend_cli_error_further(judged_json(&result));
	else if (!code && arguments.json)
		print_json(&arguments.request, &result, progress);
	else if (!code && !arguments.quiet)
		print_result(&arguments.request, &result);
	kmend_progress_free(progress);
	kmend_create_result_free(&result);
	arguments_free(&arguments);
	return code ? (int)error->status : KMEND_STATUS_OK;
}
