// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../base/file.h"
#include "../verify/qemu.h"
#include "../verify/verify.h"
#include "commands.h"
#include "config.h"
#include "scratch.h"

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	{ "cpu", 'c', "NAME", "a machine: a name of --list, or a CPU model of QEMU; may be given several times" },
	{ "all", 'a', NULL, "all machines of --list, instead of its first two" },
	{ "list", 'l', NULL, "list the machines" },
	{ "append", 0, "ARGS", "more for the kernel's command line" },
	{ "probe-before", 0, "COMMAND", "shell command that must succeed while the update is not in force" },
	{ "probe-after", 0, "COMMAND", "shell command that must succeed while it is" },
	{ "with", 'w', "FILE", "program or file for the probes; may be given several times" },
	{ "base", 'b', "FILE", "a container that the updates sit on; may be given several times, the lowest first" },
	{ "module", 'm', "FILE", "kmend.ko for that kernel, instead of one that is installed or built" },
	{ "timeout", 0, "SECONDS", "how long one step may take in a guest (default 120)" },
	{ "no-record", 0, NULL, "do not write the result into the container" },
	{ "json", 0, NULL, "print each result as one line of JSON on standard output" },
	{ "quiet", 'q', NULL, "do not show the steps" },
	{ 0 },
};

const struct kmend_command kmend_command_verify = {
	.name = "verify",
	.arguments = "[OPTION]... FILE.kmend...",
	.summary = "try updates on their stock kernel in virtual machines",
	.description =
		"Boots the distribution's own kernel in QEMU, on several processors and settings of its mitigations; loads the\n"
		"modules that the update changes; applies and reverses it twice; and looks for anything in the kernel's log.\n"
		"The result goes into the container. The machine it runs on is not touched, and no right is needed.\n\n"
		"Several containers for one kernel share a guest. One that fails there is tried again in a guest of its own.\n\n"
		"Probes are run by /bin/sh in a directory that holds the files of --with; there are no other programs.\n\n"
		"Exit status: 0 all passed; 32 one did not; 29 no QEMU; 26 no kmend.ko; 13 no such kernel.",
	.options = options,
	.run = run,
};

/* CPU models given by the user that are no name in the table. */
#define SETTINGS_MAX 64

/* Bytes of a probe: what fits into a line of the guest's port, each byte written as three. */
#define PROBE_MAX 900

struct arguments {
	struct kmend_verify_request request;
	struct kmend_verify_setting own[SETTINGS_MAX];
	const struct kmend_verify_setting *settings[SETTINGS_MAX];
	struct kmend_strv with;
	struct kmend_strv bases;
	const char *timeout;
	bool all;
	bool list;
	bool json;
	bool quiet;
	bool no_record;
};

static int wrong(struct kmend_error *error, const char *what)
{
	kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "%s", what);
	kmend_advise(error, "See 'kmend verify --help'.");
	return -EINVAL;
}

static int add_setting(struct arguments *arguments, const char *name, struct kmend_error *error)
{
	size_t i = arguments->request.nr_settings;
	const struct kmend_verify_setting *setting = kmend_verify_setting_find(name);

	if (i == SETTINGS_MAX)
		return wrong(error, "--cpu was given too often");
	if (!setting) {
		arguments->own[i] = (struct kmend_verify_setting){ .name = name, .cpu = name, .cpus = 2, .append = "" };
		setting = &arguments->own[i];
	}
	arguments->settings[i] = setting;
	arguments->request.nr_settings++;
	return 0;
}

static void add_table(struct arguments *arguments)
{
	for (const struct kmend_verify_setting *setting = kmend_verify_settings; setting->name; setting++)
		if (arguments->all || setting->is_default)
			arguments->settings[arguments->request.nr_settings++] = setting;
}

static int take_option(struct arguments *arguments, const char *name, const char *value, struct kmend_error *error)
{
	struct kmend_verify_request *request = &arguments->request;
	const struct {
		const char *name;
		const char **text;
		bool *flag;
	} rows[] = {
		{ "append", &request->append },		  { "probe-before", &request->probe_before },
		{ "probe-after", &request->probe_after }, { "module", &request->module },
		{ "timeout", &arguments->timeout },	  { "all", NULL, &arguments->all },
		{ "list", NULL, &arguments->list },	  { "no-record", NULL, &arguments->no_record },
		{ "json", NULL, &arguments->json },	  { "quiet", NULL, &arguments->quiet },
	};

	if (!strcmp(name, "cpu"))
		return add_setting(arguments, value, error);
	if (!strcmp(name, "with"))
		kmend_strv_add(&arguments->with, value);
	if (!strcmp(name, "base"))
		kmend_strv_add(&arguments->bases, value);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].name, name))
			continue;
		if (rows[i].text)
			*rows[i].text = value;
		else
			*rows[i].flag = true;
	}
	return 0;
}

static int parse(int argc, char **argv, struct arguments *arguments, struct kmend_error *error)
{
	struct kmend_verify_request *request = &arguments->request;
	const struct kmend_option *option;
	const char *value;
	char *end = NULL;
	long timeout;
	int index = 1, code = 0;

	while (!code && (option = kmend_next_option(&kmend_command_verify, argc, argv, &value, &index, error)))
		code = take_option(arguments, option->name, value, error);
	kmend_cli_set_json(arguments->json);
	if (code || error->status)
		return -EINVAL;
	if (arguments->list)
		return 0;
	if (index == argc)
		return wrong(error, "verify needs a container, a file whose name ends in .kmend");
	if (arguments->all && request->nr_settings)
		return wrong(error, "verify takes either --all or --cpu");
	if (strlen(request->probe_before ? request->probe_before : "") > PROBE_MAX ||
	    strlen(request->probe_after ? request->probe_after : "") > PROBE_MAX)
		return wrong(error, "a probe is longer than 900 bytes: put it into a file, and give that by --with");
	if (!request->nr_settings)
		add_table(arguments);
	timeout = arguments->timeout ? strtol(arguments->timeout, &end, 10) : 120;
	if (timeout < 1 || timeout > 86400 || (end && *end))
		return wrong(error, "--timeout needs a number of seconds from 1 to 86400");
	request->timeout = timeout;
	request->files = (const char *const *)argv + index;
	request->nr_files = argc - index;
	request->settings = arguments->settings;
	request->with = &arguments->with;
	request->bases = &arguments->bases;
	request->record = !arguments->no_record;
	return 0;
}

static void print_list(void)
{
	for (const struct kmend_verify_setting *setting = kmend_verify_settings; setting->name; setting++)
		printf("%-18s %c  -cpu %s%s%s: %s\n", setting->name, setting->is_default ? '*' : ' ', setting->cpu,
		       *setting->append ? ", " : "", setting->append, setting->why);
}

static const char *text_of(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(object, name, &value) && value ? json_object_get_string(value) : "";
}

/* A result as it comes: one line of JSON, or what a person wants to know. */
static void show(void *context, const char *file, bool passed, struct json_object *result)
{
	const struct arguments *arguments = context;
	struct json_object *settings = NULL;

	if (arguments->json) {
		json_object_object_add(result, "file", json_object_new_string(file));
		puts(json_object_to_json_string_ext(result, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
		fflush(stdout);
		return;
	}
	if (arguments->quiet && passed)
		return;
	printf("%s: %s\n", file, passed ? "passed" : "DID NOT PASS");
	json_object_object_get_ex(result, "settings", &settings);
	for (size_t i = 0; i < json_object_array_length(settings); i++) {
		struct json_object *setting = json_object_array_get_idx(settings, i);

		printf("  %-18s %s%s%s%s%s\n", text_of(setting, "setting"), text_of(setting, "outcome"),
		       *text_of(setting, "step") ? " at " : "", text_of(setting, "step"),
		       *text_of(setting, "problem") ? ": " : "", text_of(setting, "problem"));
	}
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	struct arguments arguments = { .request = { .done = show, .qemu = KMEND_DEFAULT_QEMU } };
	const char *data = secure_getenv("KMEND_DATA_PATH"), *qemu = secure_getenv("KMEND_QEMU");
	_cleanup_free_ char *cache = kmend_cache_directory(), *scratch = NULL;
	struct kmend_progress *progress;
	int code = parse(argc, argv, &arguments, error);

	if (!code && arguments.list)
		print_list();
	if (!code && !arguments.list)
		code = kmend_scratch_make(NULL, &scratch, error);
	if (!code && !arguments.list) {
		arguments.request.data = data && *data ? data : KMEND_DATA_DIRECTORY;
		arguments.request.qemu = qemu && *qemu ? qemu : KMEND_DEFAULT_QEMU;
		arguments.request.cache = cache;
		arguments.request.scratch = scratch;
		arguments.request.context = &arguments;
		progress = kmend_progress_new(arguments.quiet ? NULL : stderr);
		code = kmend_verify(&arguments.request, progress, error);
		kmend_progress_free(progress);
		kmend_scratch_remove();
	}
	kmend_strv_free(&arguments.with);
	kmend_strv_free(&arguments.bases);
	return code ? (int)error->status : KMEND_STATUS_OK;
}
