// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../apply/history.h"
#include "commands.h"
#include "report.h"
#include "transition.h"

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	{ "lines", 'n', "N", "only the last N" },
	{ "json", 0, NULL, "tell it as JSON" },
	{ 0 },
};

const struct kmend_command kmend_command_log = {
	.name = "log",
	.arguments = "[OPTION]... [ID]",
	.summary = "show what was done to the running kernel, and when",
	.description =
		"Shows the history: which updates were applied, reversed or refused, when, in which boot, and how long the machine\n"
		"stood still. With an ID, only that update's.",
	.options = options,
	.run = run,
};

static void print_event(const struct kmend_event *event, bool is_first_of_boot)
{
	time_t when = event->time;
	struct tm local;
	char date[32];

	localtime_r(&when, &local);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &local);
	if (is_first_of_boot)
		printf("-- boot %.8s, Linux %s\n", event->boot_id, event->release);
	printf("%s  %-9s  %s", date, event->state, event->id);
	if (event->pause_ns && !strcmp(event->state, "applied"))
		printf(" (pause %.3f ms)", event->pause_ns / 1e6);
	if (*event->refusal)
		printf(" (%s)", event->refusal);
	putchar('\n');
}

static struct json_object *event_json(const struct kmend_event *event)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "time", json_object_new_int64(event->time));
	json_object_object_add(object, "boot_id", json_object_new_string(event->boot_id));
	json_object_object_add(object, "release", json_object_new_string(event->release));
	json_object_object_add(object, "id", json_object_new_string(event->id));
	json_object_object_add(object, "state", json_object_new_string(event->state));
	json_object_object_add(object, "pause_ns", json_object_new_int64(event->pause_ns));
	json_object_object_add(object, "refusal", json_object_new_string(event->refusal));
	return object;
}

static void print(const struct kmend_history *history, const char *id, size_t most, bool json)
{
	struct json_object *list = json_object_new_array(), *root;
	const char *boot = "";
	size_t matching = 0, number = 0;

	for (size_t i = 0; i < history->count; i++)
		matching += !id || !strcmp(history->events[i].id, id);
	for (size_t i = 0; i < history->count; i++) {
		const struct kmend_event *event = &history->events[i];

		if ((id && strcmp(event->id, id)) || number++ + most < matching)
			continue;
		if (json)
			json_object_array_add(list, event_json(event));
		else
			print_event(event, strcmp(boot, event->boot_id));
		boot = event->boot_id;
	}
	if (!json) {
		if (!matching)
			puts("Nothing was done yet.");
		json_object_put(list);
		return;
	}
	root = json_object_new_object();
	json_object_object_add(root, "schema", json_object_new_int(1));
	json_object_object_add(root, "command", json_object_new_string("log"));
	json_object_object_add(root, "events", list);
	kmend_json_print(root);
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	_cleanup_machine_ struct kmend_machine *machine = NULL;
	struct kmend_history history = { 0 };
	const struct kmend_option *option;
	const char *value;
	unsigned long most = 1000000;
	bool json = false;
	char *end;
	int index = 1;

	while ((option = kmend_next_option(&kmend_command_log, argc, argv, &value, &index, error))) {
		json |= !strcmp(option->name, "json");
		if (strcmp(option->name, "lines"))
			continue;
		most = strtoul(value, &end, 10);
		if (*end || *value == '-' || !*value || most > 1000000)
			kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "--lines needs a number");
	}
	kmend_cli_set_json(json);
	if (!error->status && index + 1 < argc)
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "log takes one update's id");
	if (error->status || kmend_cli_machine(&machine, error))
		return error->status;
	if (!kmend_history_read(machine, &history, error))
		print(&history, index < argc ? argv[index] : NULL, most, json);
	kmend_history_free(&history);
	return error->status;
}
