// SPDX-License-Identifier: GPL-2.0
/* kmend: find the subcommand, run it, print its error. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "command.h"
#include "commands.h"
#include "report.h"

static bool json_errors;
static bool keeps_status;
static struct json_object *further;

void kmend_cli_error_further(struct json_object *members)
{
	json_object_put(further);
	further = members;
}

void kmend_cli_set_json(bool json)
{
	json_errors = json;
}

void kmend_cli_keep_status(void)
{
	keeps_status = true;
}

static void print_help(FILE *stream)
{
	fputs("kmend - fix the running kernel through the package manager\n\n"
	      "Usage: kmend COMMAND [OPTION]...\n\nCommands:\n",
	      stream);
	for (size_t i = 0; kmend_commands[i]; i++)
		if (!kmend_commands[i]->hidden)
			fprintf(stream, "  %-10s %s\n", kmend_commands[i]->name, kmend_commands[i]->summary);
	fputs("\n'kmend COMMAND --help' tells more; see also kmend(8).\n", stream);
}

static void print_command_help(const struct kmend_command *command)
{
	printf("kmend %s - %s\n\nUsage: kmend %s %s\n\n%s\n\nOptions:\n", command->name, command->summary,
	       command->name, command->arguments, command->description);
	for (const struct kmend_option *option = command->options; option && option->name; option++) {
		char spelled[64];

		if (option->hidden)
			continue;
		snprintf(spelled, sizeof(spelled), "%s%c%s--%s%s%s", option->letter ? "-" : "",
			 option->letter ? option->letter : ' ', option->letter ? ", " : "   ", option->name,
			 option->argument ? " " : "", option->argument ? option->argument : "");
		printf("  %-28s %s\n", spelled, option->help);
	}
	printf("  %-28s %s\n", "    --help", "show this help");
}

static void print_error_json(const struct kmend_error *error)
{
	struct json_object *root = further ? further : json_object_new_object(), *body = json_object_new_object();

	json_object_object_add(body, "status", json_object_new_int(error->status));
	json_object_object_add(body, "name", json_object_new_string(kmend_status_name(error->status)));
	json_object_object_add(body, "message", json_object_new_string(error->message));
	json_object_object_add(body, "advice", json_object_new_string(error->advice));
	json_object_object_add(body, "detail", json_object_new_string(error->detail));
	json_object_object_add(root, "error", body);
	kmend_json_print(root);
}

static void print_error(const struct kmend_error *error)
{
	if (!error->message[0])
		return;
	kmend_report_error(error);
	if (json_errors)
		print_error_json(error);
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

/*
 * A stream that the caller has closed (">&-") becomes /dev/null: else the first file that is opened gets its number, and
 * what is said goes into that file.
 */
static void fill_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* What could not be written (a full disk) was not told. */
static int end_output(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fputs("kmend: cannot write to standard output; what is missing was not told.\n", stderr);
	return keeps_status || status != KMEND_STATUS_OK ? status : KMEND_STATUS_FAILURE;
}

int main(int argc, char **argv)
{
	struct kmend_error error = { 0 };
	const char *name = argc > 1 ? argv[1] : "";
	int status;

	fill_streams();
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
		print_help(stdout);
		return end_output(KMEND_STATUS_OK);
	}
	if (!strcmp(name, "--version"))
		name = "version";
	for (size_t i = 0; kmend_commands[i]; i++) {
		if (strcmp(kmend_commands[i]->name, name))
			continue;
		if (wants_help(argc - 1, argv + 1)) {
			print_command_help(kmend_commands[i]);
			return end_output(KMEND_STATUS_OK);
		}
		status = kmend_commands[i]->run(argc - 1, argv + 1, &error);
		if (status != KMEND_STATUS_OK)
			print_error(&error);
		return end_output(status);
	}
	if (*name)
		fprintf(stderr, "kmend: there is no command '%s'.\n\n", name);
	print_help(stderr);
	return KMEND_STATUS_USAGE;
}
