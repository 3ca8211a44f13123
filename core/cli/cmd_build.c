// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/child.h"
#include "../base/file.h"
#include "../plugin/package.h"
#include "building.h"
#include "commands.h"
#include "judging.h"
#include "report.h"

#define LAST_TIME (INT64_C(1) << 33) /* seconds since the epoch */

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	{ "kernel", 'k', "RELEASE", "a kernel build; may be given several times" },
	KMEND_OPTIONS_PLANNING,
	{ "format", 'F', "FORMAT", "packages to make: deb, rpm, or both with a comma (default: deb)" },
	{ "output", 'o', "DIR", "the package repository to make" },
	{ "module", 'M', "KMEND.KO",
	  "package this kmend.ko, too, for the kernel it was built for; may be given several times" },
	{ "work", 'w', "DIR", "where the work's state lies (default: the repository's name with .work)" },
	{ "verify", 0, NULL, "try each update in a virtual machine; what fails is not packaged" },
	{ "key", 'K', "KEY", "sign the repository with this key of gpg" },
	{ "origin", 0, "TEXT", "who publishes it (default: kmend)" },
	{ "maintainer", 'm', "NAME", "maintainer of the packages: Name <mail>" },
	{ "slurm", 0, NULL, "make the updates as job arrays of a slurm cluster" },
	{ "slurm-options", 0, "TEXT", "further options for sbatch" },
	{ "json", 0, NULL, "print the result as JSON on standard output" },
	{ "quiet", 'q', NULL, "do not show the steps" },
	{ .name = "task", .argument = "DIR", .help = "one task of a job array", .hidden = true },
	{ .name = "wave", .argument = "FILE", .help = "its list", .hidden = true },
	{ .name = "line", .argument = "N", .help = "its line in it", .hidden = true },
	{ 0 },
};

const struct kmend_command kmend_command_build = {
	.name = "build",
	.arguments = "--kernel RELEASE... [--to VERSION | --erratum ID] --output DIR [OPTION]...",
	.summary = "make a repository of hotpatch packages",
	.description =
		"Plans, makes an update of every change that can become one, verifies them if asked to, packages them, and writes a\n"
		"package repository with a seed package per kernel, provenance beside each package (in-toto, SLSA), and a page\n"
		"that tells per CVE and kernel what is mended how (index.html). What cannot become an update is told with its\n"
		"reason and stops nothing. A run that was stopped goes on where it was; the same input gives the same bytes.",
	.options = options,
	.run = run,
};

struct arguments {
	struct kmend_building building;
	const char *work;
	const char *task, *wave, *line;
	bool json;
	bool quiet;
};

static void take_formats(struct kmend_building *building, const char *value, struct kmend_error *error)
{
	while (*value && !error->status) {
		size_t size = strcspn(value, ",");
		_cleanup_free_ char *format = kmend_strndup(value, size);
		const struct kmend_plugin *plugin;

		if (!kmend_plugin_load(format, &plugin, error))
			kmend_strv_add(&building->formats, format);
		value += size + (value[size] == ',');
	}
}

static bool take(struct arguments *arguments, const char *name, const char *value, struct kmend_error *error)
{
	struct kmend_building *building = &arguments->building;
	const struct {
		const char *name;
		const char **value;
	} rows[] = {
		{ "output", &building->output },
		{ "work", &arguments->work },
		{ "key", &building->key },
		{ "origin", &building->origin },
		{ "maintainer", &building->maintainer },
		{ "slurm-options", &building->slurm_options },
		{ "task", &arguments->task },
		{ "wave", &arguments->wave },
		{ "line", &arguments->line },
	};
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "verify", &building->verify },
		{ "slurm", &building->slurm },
		{ "json", &arguments->json },
		{ "quiet", &arguments->quiet },
	};

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
			*rows[i].value = value;
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(flags); i++)
		if (!strcmp(flags[i].name, name))
			*flags[i].flag = true;
	if (!strcmp(name, "kernel") && !kmend_strv_has(&building->releases, value))
		kmend_strv_add(&building->releases, value);
	if (!strcmp(name, "module"))
		kmend_strv_add(&building->modules, value);
	if (!strcmp(name, "format"))
		take_formats(building, value, error);
	return true;
}

static int wrong(struct kmend_error *error, const char *what)
{
	kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "%s", what);
	kmend_advise(error, "See 'kmend build --help'.");
	return -EINVAL;
}

static int parse(int argc, char **argv, struct arguments *arguments, struct kmend_error *error)
{
	struct kmend_building *building = &arguments->building;
	const struct kmend_option *option;
	const char *value;
	int index = 1;

	building->origin = "kmend";
	building->planning.jobs = sysconf(_SC_NPROCESSORS_ONLN);
	while (!error->status && (option = kmend_next_option(&kmend_command_build, argc, argv, &value, &index, error)))
		if (!kmend_planning_option(&building->planning, option, value, error))
			take(arguments, option->name, value, error);
	kmend_cli_set_json(arguments->json);
	if (error->status)
		return -EINVAL;
	if (arguments->task)
		return 0;
	if (index < argc)
		return wrong(error, "build takes no operands");
	if (!building->releases.count || !building->output)
		return wrong(error, "build needs --kernel and --output");
	if (building->releases.count > 1 &&
	    (building->planning.source || building->planning.headers || building->planning.to_release))
		return wrong(error, "--source, --headers and --to-release are of one kernel");
	building->work = arguments->work ? kmend_strdup(arguments->work) : kmend_format("%s.work", building->output);
	if (!building->formats.count)
		take_formats(building, "deb", error);
	return error->status ? -EINVAL : 0;
}

static int create(struct kmend_building *building, struct kmend_built_kernel *kernel, struct kmend_error *error)
{
	struct kmend_judging judging = {
		.directory = kernel->directory,
		.release = kernel->release,
		.source = building->planning.source,
		.headers = building->planning.headers,
		.jobs = building->planning.jobs,
		.create = true,
		.progress = building->progress,
	};
	size_t made = 0;
	int code = 0;

	kmend_step_begin(building->progress, "create", kernel->release);
	if (building->slurm)
		code = kmend_build_slurm(building, kernel, error);
	/* What a cluster's tasks left undone is done here; without one that is everything. */
	if (!code)
		code = kmend_judge(&judging, &kernel->errata, error);
	for (size_t i = 0; i < kernel->errata.nr_changes; i++)
		made += kernel->errata.changes[i].verdict == KMEND_CHANGE_HOTPATCH;
	if (code)
		kmend_step_fail(building->progress);
	else
		kmend_step_end(building->progress, "%zu updates of %zu changes", made, kernel->errata.nr_changes);
	return code;
}

static char *container_of_change(const struct kmend_built_kernel *kernel, const struct kmend_piece *change)
{
	return kmend_format("%s/updates/%s.kmend", kernel->directory, change->id);
}

/* Which of the given kmend.ko is for this kernel; NULL: none, then verify looks for one itself. */
static const char *module_of(const struct kmend_building *building, const char *release)
{
	for (size_t i = 0; i < building->modules.count; i++) {
		_cleanup_buffer_ struct kmend_buffer bytes = { 0 };
		_cleanup_free_ char *version = NULL;

		if (!kmend_package_read_module(building->modules.items[i], release, &bytes, &version, NULL))
			return building->modules.items[i];
	}
	return NULL;
}

/* Was this very container verified? */
static bool is_marked(const char *mark, const char *container, char ret_digest[KMEND_SHA256_HEX])
{
	_cleanup_free_ char *text = NULL;

	return !kmend_container_digest(container, ret_digest, NULL) &&
	       !kmend_file_read(mark, KMEND_SHA256_HEX, &text, NULL, NULL) && !strcmp(text, ret_digest);
}

/* Verified ones leave a mark; what fails is told, and not packaged. What sits on it neither. */
static int verify(struct kmend_building *building, struct kmend_built_kernel *kernel, struct kmend_error *error)
{
	const char *module = module_of(building, kernel->release);
	int code = 0;

	kmend_step_begin(building->progress, "verify", kernel->release);
	for (size_t i = 0; i < kernel->errata.nr_changes && !code; i++) {
		struct kmend_piece *change = &kernel->errata.changes[i];
		_cleanup_free_ char *container = container_of_change(kernel, change);
		_cleanup_free_ char *mark = kmend_format("%s.verified", container);
		_cleanup_buffer_ struct kmend_buffer words = { 0 };
		_cleanup_strv_ struct kmend_strv argv = { 0 };
		struct kmend_child child = { .output = &words, .errors = &words };
		char digest[KMEND_SHA256_HEX] = "";
		int status;

		if (change->verdict != KMEND_CHANGE_HOTPATCH)
			continue;
		for (size_t j = 0; j < change->depends.count; j++) {
			const struct kmend_piece *base =
				kmend_errata_find_change(&kernel->errata, change->depends.items[j]);

			if (base && base->verdict == KMEND_CHANGE_FAILED)
				change->verdict = KMEND_CHANGE_FAILED;
		}
		if (change->verdict == KMEND_CHANGE_FAILED) {
			kmend_strv_add(&change->reasons, "base-failed: what it sits on did not pass its verification");
			continue;
		}
		if (is_marked(mark, container, digest))
			continue;
		kmend_step_update(building->progress, change->id, i, kernel->errata.nr_changes);
		kmend_strv_add(&argv, "/proc/self/exe");
		kmend_strv_add(&argv, "verify");
		for (size_t j = 0; j < change->depends.count; j++)
			kmend_strv_addf(&argv, "--base=%s/updates/%s.kmend", kernel->directory,
					change->depends.items[j]);
		if (module)
			kmend_strv_addf(&argv, "--module=%s", module);
		kmend_strv_add(&argv, container);
		child.argv = (const char *const *)argv.items;
		status = kmend_child_run(&child, error);
		if (status < 0)
			code = status;
		else if (status == 0)
			code = kmend_file_write_atomic(mark, digest, strlen(digest), 0644, error);
		else if (status == KMEND_STATUS_VERIFY_FAILED) {
			change->verdict = KMEND_CHANGE_FAILED;
			kmend_strv_add(&change->reasons, "verification: it did not pass; see 'kmend verify'");
		} else {
			code = kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "cannot verify %s", change->id);
			kmend_detail(error, words.data ? words.data : "");
		}
	}
	if (code)
		kmend_step_fail(building->progress);
	else
		kmend_step_end(building->progress, "done");
	return code;
}

/* Write a package under a version that machines which have another one of it take. */
static int write_package(const struct kmend_building *building, const struct kmend_plugin *plugin,
			 const struct kmend_build_package *package, struct kmend_package_request *request,
			 char **ret_path, struct kmend_error *error)
{
	_cleanup_free_ char *version = NULL;
	int code = kmend_build_version(building, package, &version, error);

	request->version = version;
	if (!code)
		code = plugin->write_package(request, ret_path, error);
	request->version = NULL;
	return code ? code : kmend_build_version_note(building, package, error);
}

static int package_one(const struct kmend_building *building, const struct kmend_plugin *plugin, const char *format,
		       struct kmend_built_kernel *kernel, struct kmend_piece *change, struct kmend_error *error)
{
	_cleanup_free_ char *container = container_of_change(kernel, change), *path = NULL;
	_cleanup_free_ char *version = kmend_package_version(change->id);
	_cleanup_free_ char *name =
		plugin->package_name ? plugin->package_name(kernel->release, change->id) : kmend_strdup(change->id);
	char digest[KMEND_SHA256_HEX];
	struct kmend_package_request request = {
		.kind = KMEND_PACKAGE_UPDATE,
		.input = container,
		.output = building->output,
		.maintainer = building->maintainer,
	};
	int code = kmend_container_digest(container, digest, error);

	if (!code) {
		const struct kmend_build_package package = { format, name, version, digest };

		code = write_package(building, plugin, &package, &request, &path, error);
	}
	if (!code)
		code = kmend_build_provenance(building, kernel, change, path, container, error);
	if (!code)
		kmend_errata_set(&change->package, name);
	return code;
}

/* Day and number of packages; what went in decides, not the clock. */
static char *seed_version(const struct kmend_building *building, size_t nr_packages)
{
	time_t when = building->time;
	struct tm utc;
	char date[16];

	gmtime_r(&when, &utc);
	strftime(date, sizeof(date), "%Y%m%d", &utc);
	return kmend_format("1.%s.%zu", date, nr_packages);
}

static int package_seed(const struct kmend_building *building, const struct kmend_plugin *plugin, const char *format,
			struct kmend_built_kernel *kernel, struct kmend_error *error)
{
	_cleanup_free_ char *list = kmend_path(kernel->directory, "errata.json"), *version = NULL, *path = NULL;
	_cleanup_free_ char *text = NULL, *name = NULL;
	_cleanup_strv_ struct kmend_strv containers = { 0 };
	struct kmend_package_request request = {
		.kind = KMEND_PACKAGE_SEED,
		.release = kernel->release,
		.output = building->output,
		.maintainer = building->maintainer,
		.errata = list,
	};
	int code;

	for (size_t i = 0; i < kernel->errata.nr_changes; i++) {
		_cleanup_free_ char *container = container_of_change(kernel, &kernel->errata.changes[i]);

		if (kernel->errata.changes[i].verdict == KMEND_CHANGE_HOTPATCH)
			kmend_strv_add(&containers, container);
	}
	text = kmend_errata_format(&kernel->errata);
	code = kmend_file_write_atomic(list, text, strlen(text), 0644, error);
	if (code)
		return code;
	version = seed_version(building, containers.count);
	name = kmend_format("kmend-patches-%s", kernel->release);
	request.updates = (const char *const *)containers.items;
	{
		const struct kmend_build_package package = { format, name, version, text };

		return write_package(building, plugin, &package, &request, &path, error);
	}
}

/* kmend.ko says itself which kernel it is for; one that is for none of them is a mistake. */
static int package_module(const struct kmend_building *building, const struct kmend_plugin *plugin, const char *module,
			  struct kmend_error *error)
{
	int code = -EINVAL;

	for (size_t i = 0; i < building->nr_kernels; i++) {
		_cleanup_free_ char *path = NULL;
		struct kmend_package_request request = {
			.kind = KMEND_PACKAGE_MODULE,
			.input = module,
			.release = building->kernels[i].release,
			.output = building->output,
			.maintainer = building->maintainer,
		};

		*error = (struct kmend_error){ 0 };
		code = plugin->write_package(&request, &path, error);
		if (!code || error->status != KMEND_STATUS_OTHER_KERNEL)
			break;
	}
	return code;
}

static int package(const struct kmend_building *building, struct kmend_error *error)
{
	int code = kmend_mkdir_parents(building->output, 0755, error);
	size_t count = 0;

	kmend_step_begin(building->progress, "package", building->output);
	for (size_t i = 0; i < building->formats.count && !code; i++) {
		const struct kmend_plugin *plugin;

		code = kmend_plugin_load(building->formats.items[i], &plugin, error);
		for (size_t j = 0; j < building->nr_kernels && !code; j++) {
			struct kmend_built_kernel *kernel = &building->kernels[j];

			for (size_t k = 0; k < kernel->errata.nr_changes && !code; k++)
				if (kernel->errata.changes[k].verdict == KMEND_CHANGE_HOTPATCH) {
					code = package_one(building, plugin, building->formats.items[i], kernel,
							   &kernel->errata.changes[k], error);
					count++;
				}
			if (!code)
				code = package_seed(building, plugin, building->formats.items[i], kernel, error);
		}
		for (size_t j = 0; j < building->modules.count && !code; j++)
			code = package_module(building, plugin, building->modules.items[j], error);
	}
	if (code)
		kmend_step_fail(building->progress);
	else
		kmend_step_end(building->progress, "%zu hotpatch packages", count);
	return code;
}

static int publish(const struct kmend_building *building, struct kmend_error *error)
{
	const struct kmend_errata **errata = kmend_calloc(building->nr_kernels + 1, sizeof(*errata));
	struct kmend_repository_request request = {
		.directory = building->output,
		.origin = building->origin,
		.key = building->key,
		.errata = errata,
		.time = building->time,
	};
	int code = 0;

	kmend_step_begin(building->progress, "publish", building->output);
	for (size_t i = 0; i < building->nr_kernels; i++)
		errata[i] = &building->kernels[i].errata;
	for (size_t i = 0; i < building->formats.count && !code; i++) {
		const struct kmend_plugin *plugin;

		code = kmend_plugin_load(building->formats.items[i], &plugin, error);
		if (!code && !plugin->write_repository)
			code = kmend_fail(error, KMEND_STATUS_NO_PLUGIN, -EOPNOTSUPP,
					  "the plugin %s cannot write repositories", plugin->name);
		if (!code)
			code = plugin->write_repository(&request, error);
	}
	if (!code)
		code = kmend_build_summary(building, error);
	free(errata);
	if (code)
		kmend_step_fail(building->progress);
	else
		kmend_step_end(building->progress, "%s", building->key ? "signed" : "not signed");
	return code;
}

/* SOURCE_DATE_EPOCH, else the newest erratum's day: what goes in decides, not the clock. */
static int64_t time_of(const struct kmend_building *building)
{
	const char *given = getenv("SOURCE_DATE_EPOCH");
	int64_t newest = 0;

	if (given && *given >= '0' && *given <= '9') {
		char *end;
		long long value = strtoll(given, &end, 10);

		/* What no date can be made of (and no package, see kmend_package_time()) is none. */
		if (!*end && value < LAST_TIME)
			return value;
	}
	for (size_t i = 0; i < building->nr_kernels; i++)
		for (size_t j = 0; j < building->kernels[i].errata.count; j++)
			if (building->kernels[i].errata.items[j].issued > newest)
				newest = building->kernels[i].errata.items[j].issued;
	return newest;
}

static int build(struct kmend_building *building, struct kmend_error *error)
{
	int code = 0;

	building->kernels = kmend_calloc(building->releases.count, sizeof(*building->kernels));
	building->nr_kernels = building->releases.count;
	for (size_t i = 0; i < building->nr_kernels; i++) {
		building->kernels[i].release = building->releases.items[i];
		building->kernels[i].directory = kmend_path(building->work, building->releases.items[i]);
	}
	for (size_t i = 0; i < building->nr_kernels && !code; i++) {
		struct kmend_built_kernel *kernel = &building->kernels[i];

		code = kmend_planning_make(&building->planning, kernel->release, kernel->directory, true,
					   building->progress, &kernel->errata, error);
		if (!code)
			code = create(building, &building->kernels[i], error);
		if (!code && building->verify)
			code = verify(building, &building->kernels[i], error);
	}
	building->time = time_of(building);
	if (!code)
		code = package(building, error);
	return code ? code : publish(building, error);
}

static void print_result(const struct kmend_building *building)
{
	for (size_t i = 0; i < building->nr_kernels; i++) {
		const struct kmend_errata *errata = &building->kernels[i].errata;
		size_t counts[KMEND_NR_CHANGE_VERDICTS];
		size_t cves = kmend_errata_count_cves(errata, counts);

		printf("%s (%s): %zu CVEs:", errata->release, errata->version, cves);
		for (int j = 0; j < KMEND_NR_CHANGE_VERDICTS; j++)
			if (counts[j])
				printf(" %zu %s", counts[j], kmend_change_verdict_name(j));
		putchar('\n');
	}
	printf("The repository is %s; its page for people is %s/index.html.\n", building->output, building->output);
}

static void print_json(const struct kmend_building *building)
{
	struct json_object *root = json_object_new_object(), *kernels = json_object_new_array();

	json_object_object_add(root, "schema", json_object_new_int(1));
	json_object_object_add(root, "command", json_object_new_string("build"));
	json_object_object_add(root, "status", json_object_new_int(0));
	json_object_object_add(root, "status_name", json_object_new_string("ok"));
	json_object_object_add(root, "repository", json_object_new_string(building->output));
	for (size_t i = 0; i < building->nr_kernels; i++) {
		_cleanup_free_ char *text = kmend_errata_format(&building->kernels[i].errata);

		json_object_array_add(kernels, json_tokener_parse(text));
	}
	json_object_object_add(root, "kernels", kernels);
	kmend_json_print(root);
}

static void building_clear(struct kmend_building *building)
{
	for (size_t i = 0; i < building->nr_kernels; i++) {
		free(building->kernels[i].directory);
		kmend_errata_clear(&building->kernels[i].errata);
	}
	free(building->kernels);
	free(building->work);
	kmend_strv_free(&building->releases);
	kmend_strv_free(&building->formats);
	kmend_strv_free(&building->modules);
	kmend_planning_clear(&building->planning);
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	struct arguments arguments = { 0 };
	int code = parse(argc, argv, &arguments, error);

	if (!code && arguments.task) {
		code = arguments.wave && arguments.line
			       ? kmend_build_task(arguments.task, arguments.wave, arguments.line, error)
			       : wrong(error, "--task needs --wave and --line");
	} else if (!code) {
		arguments.building.progress = kmend_progress_new(arguments.quiet ? NULL : stderr);
		code = build(&arguments.building, error);
		kmend_progress_free(arguments.building.progress);
		if (!code && arguments.json)
			print_json(&arguments.building);
		else if (!code)
			print_result(&arguments.building);
	}
	building_clear(&arguments.building);
	return code ? (int)error->status : KMEND_STATUS_OK;
}
