// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <kmend/plugin.h>

#include "../base/file.h"
#include "../errata/errata.h"
#include "commands.h"
#include "report.h"

static const struct kmend_option options[] = {
	{ "format", 'f', "FORMAT", "deb or rpm" },
	{ "output", 'o', "FILE|DIR", "where to write the package (default: the current directory)" },
	{ "version", 'V', "VERSION", "version of the package (default for an update: 1.0)" },
	{ "maintainer", 'm', "NAME <MAIL>", "maintainer (default: from DEBFULLNAME and DEBEMAIL)" },
	{ "seed", 's', NULL, "make the seed package of a kernel, which recommends the given updates" },
	{ "module", 'M', "KMEND.KO", "make the package of a prebuilt kmend.ko" },
	{ "kernel", 'k', "RELEASE", "kernel of --seed or --module" },
	{ "errata", 'e', "FILE", "list of errata that --seed carries to the machines" },
	{ "json", 0, NULL, "print the result as JSON" },
	{ NULL },
};

struct arguments {
	struct kmend_package_request request;
	const char *format;
	bool json;
};

static int parse_options(int argc, char **argv, struct arguments *arguments, int *ret_operand,
			 struct kmend_error *error)
{
	struct kmend_package_request *request = &arguments->request;
	const struct kmend_option *option;
	const char *value;
	int seen = 0;

	while ((option = kmend_next_option(&kmend_command_package, argc, argv, &value, ret_operand, error))) {
		if (!strcmp(option->name, "format"))
			arguments->format = value;
		else if (!strcmp(option->name, "output"))
			request->output = value;
		else if (!strcmp(option->name, "version"))
			request->version = value;
		else if (!strcmp(option->name, "maintainer"))
			request->maintainer = value;
		else if (!strcmp(option->name, "kernel"))
			request->release = value;
		else if (!strcmp(option->name, "errata"))
			request->errata = value;
		else if (!strcmp(option->name, "json"))
			arguments->json = true;
		else if (!strcmp(option->name, "seed")) {
			request->kind = KMEND_PACKAGE_SEED;
			seen++;
		} else if (!strcmp(option->name, "module")) {
			request->kind = KMEND_PACKAGE_MODULE;
			request->input = value;
			seen++;
		}
	}
	kmend_cli_set_json(arguments->json);
	if (error->status)
		return -EINVAL;
	if (seen > 1)
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "--seed and --module exclude each other");
	return 0;
}

/* Which operands and options each kind takes. */
static int check_request(struct arguments *arguments, int nr_operands, char **operands, struct kmend_error *error)
{
	struct kmend_package_request *request = &arguments->request;
	const char *kind = request->kind == KMEND_PACKAGE_SEED ? "--seed" : "--module";

	if (!arguments->format)
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "--format is missing");
	if (request->errata && request->kind != KMEND_PACKAGE_SEED)
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "--errata is for --seed");
	if (request->kind == KMEND_PACKAGE_UPDATE) {
		if (nr_operands != 1)
			return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "give one container (ID.kmend)");
		if (request->release)
			return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL,
					  "--kernel is for --seed and --module: a container names its kernel itself");
		request->input = operands[0];
		return 0;
	}
	if (!request->release)
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "%s needs --kernel", kind);
	if (request->kind == KMEND_PACKAGE_SEED && !request->version)
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "--seed needs --version");
	if (request->kind == KMEND_PACKAGE_MODULE && nr_operands)
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "'%s' is one argument too many", operands[0]);
	request->updates = (const char *const *)operands; /* main's argv ends with NULL */
	return 0;
}

/* The list goes to every machine, where a wrong one would be found out too late. */
static int check_errata(const struct kmend_package_request *request, struct kmend_error *error)
{
	_cleanup_errata_ struct kmend_errata errata = { 0 };
	int code = request->errata ? kmend_errata_read(request->errata, &errata, error) : 0;

	if (code) {
		kmend_advise(error, "%s has to be a list as 'kmend plan' and 'kmend build' write it.", request->errata);
		return code;
	}
	if (errata.release && strcmp(errata.release, request->release))
		return kmend_fail(error, KMEND_STATUS_OTHER_KERNEL, -EXDEV,
				  "%s is of the kernel %s, and the seed for %s", request->errata, errata.release,
				  request->release);
	return 0;
}

static void print_result(const char *path, bool json)
{
	struct json_object *root;

	if (!json) {
		puts(path);
		return;
	}
	root = json_object_new_object();
	json_object_object_add(root, "package", json_object_new_string(path));
	kmend_json_print(root);
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	struct arguments arguments = { .request = { .kind = KMEND_PACKAGE_UPDATE } };
	const struct kmend_plugin *plugin = NULL;
	_cleanup_free_ char *path = NULL;
	int operand = 1, code;

	code = parse_options(argc, argv, &arguments, &operand, error);
	if (!code)
		code = check_request(&arguments, argc - operand, argv + operand, error);
	if (!code)
		code = check_errata(&arguments.request, error);
	if (!code)
		code = kmend_plugin_load(arguments.format, &plugin, error);
	if (!code && !plugin->write_package)
		code = kmend_fail(error, KMEND_STATUS_NO_PLUGIN, -EOPNOTSUPP, "the plugin %s cannot write packages",
				  plugin->name);
	if (!code)
		code = plugin->write_package(&arguments.request, &path, error);
	if (code) {
		if (error->status == KMEND_STATUS_USAGE && !error->advice[0])
			kmend_advise(error, "See 'kmend package --help'.");
		return error->status;
	}
	print_result(path, arguments.json);
	return KMEND_STATUS_OK;
}

const struct kmend_command kmend_command_package = {
	.name = "package",
	.arguments = "--format deb|rpm ID.kmend | --seed --kernel RELEASE --version VERSION [UPDATE...] | "
		     "--module KMEND.KO --kernel RELEASE",
	.summary = "make a package of an update",
	.description =
		"Makes a hotpatch package of a container, the seed package of a kernel (each UPDATE is a container,\n"
		"a hotpatch package's name or an update's id), or the package of a prebuilt kmend.ko.\n"
		"Prints the package's path. The same input gives the same bytes (see SOURCE_DATE_EPOCH).",
	.options = options,
	.run = run,
};
