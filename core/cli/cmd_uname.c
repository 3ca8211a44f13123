// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "commands.h"
#include "report.h"
#include "standing.h"
#include "transition.h"

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	{ "all", 'a', NULL, "everything, as uname does" },
	{ "kernel-name", 's', NULL, "the kernel's name" },
	{ "nodename", 'n', NULL, "the machine's name" },
	{ "kernel-release", 'r', NULL, "the effective release (default)" },
	{ "kernel-version", 'v', NULL, "the effective version of the kernel's package" },
	{ "machine", 'm', NULL, "the architecture" },
	{ "operating-system", 'o', NULL, "GNU/Linux" },
	{ "json", 0, NULL, "running and effective release and version as JSON" },
	{ 0 },
};

const struct kmend_command kmend_command_uname = {
	.name = "uname",
	.arguments = "[OPTION]...",
	.summary = "show which kernel the running one is as good as",
	.description =
		"Prints the effective kernel: the newest one all of whose security fixes the running kernel has, by its own source\n"
		"or by updates in force. It takes uname's options, so a scanner that asks 'uname -r' can ask 'kmend uname -r'. One\n"
		"fix that is missing ends it: it never says more than is true.",
	.options = options,
	.run = run,
};

static void print_json(const struct kmend_lacking *lacking, const char *release, const char *version)
{
	struct json_object *root = json_object_new_object();

	json_object_object_add(root, "schema", json_object_new_int(1));
	json_object_object_add(root, "command", json_object_new_string("uname"));
	json_object_object_add(root, "release", json_object_new_string(lacking->release));
	json_object_object_add(root, "version", kmend_json_text(lacking->version));
	json_object_object_add(root, "effective_release", json_object_new_string(release));
	json_object_object_add(root, "effective_version", json_object_new_string(version));
	json_object_object_add(root, "known", json_object_new_boolean(lacking->has_list));
	kmend_json_print(root);
}

static void print_words(const char *letters, const char *release, const char *version)
{
	struct utsname names;
	bool first = true;

	if (uname(&names))
		return;
	for (const char *order = "snrvmo"; *order; order++) {
		const char *word = *order == 's'   ? names.sysname
				   : *order == 'n' ? names.nodename
				   : *order == 'r' ? release
				   : *order == 'v' ? version
				   : *order == 'm' ? names.machine
						   : "GNU/Linux";

		if (!strchr(letters, *order) && !strchr(letters, 'a'))
			continue;
		printf("%s%s", first ? "" : " ", word);
		first = false;
	}
	putchar('\n');
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	_cleanup_machine_ struct kmend_machine *machine = NULL;
	_cleanup_lacking_ struct kmend_lacking lacking = { 0 };
	struct kmend_lacking_request request = { .local = true };
	_cleanup_free_ char *release = NULL, *version = NULL;
	const struct kmend_option *option;
	char letters[64] = "";
	const char *value;
	bool json = false;
	int index = 1;

	while ((option = kmend_next_option(&kmend_command_uname, argc, argv, &value, &index, error))) {
		json |= !option->letter;
		if (option->letter && strlen(letters) < sizeof(letters) - 1)
			letters[strlen(letters)] = option->letter;
	}
	kmend_cli_set_json(json);
	if (!error->status && index < argc)
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "uname takes no operands");
	if (error->status || kmend_cli_machine(&machine, error) ||
	    kmend_lacking_read(machine, &request, &lacking, error))
		return error->status;
	version = lacking.version ? kmend_lacking_effective(&lacking, &release) : kmend_strdup(machine->version);
	if (!release)
		release = kmend_strdup(machine->release);
	if (json)
		print_json(&lacking, release, version);
	else
		print_words(*letters ? letters : "r", release, version);
	return KMEND_STATUS_OK;
}
