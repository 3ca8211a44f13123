// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "commands.h"
#include "config.h"
#include "looking.h"
#include "standing.h"
#include "transition.h"

struct status_options {
	bool json;
	bool quiet;
	bool check;
};

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	{ .name = "json", .help = "as JSON" },
	{ .name = "check", .letter = 'c', .help = "tell by the exit status whether all is well" },
	{ .name = "quiet", .letter = 'q', .help = "like --check, and print nothing" },
	{ 0 },
};

const struct kmend_command kmend_command_status = {
	.name = "status",
	.arguments = "[OPTION]...",
	.summary = "show whether the running kernel has the fixes that are installed",
	.description =
		"Shows each update that is installed or in force, and where it stands: by the kernel's own word, what is\n"
		"installed, and what was recorded. Needs no root. Exit status 0; with --check or --quiet: 0 all is well,\n"
		"30 something is not in step yet and kmend goes on with it by itself, 31 somebody has to look.",
	.options = options,
	.run = run,
};

static void print_head(const struct kmend_machine *machine, const struct kmend_picture *picture)
{
	printf("Kernel    %s, %s\n", machine->release, machine->version);
	if (picture->module_version)
		printf("kmend.ko  %s (kmend %s)\n", picture->module_version, KMEND_VERSION);
	else
		printf("kmend.ko  not loaded (kmend %s)\n", KMEND_VERSION);
	if (picture->switched_off)
		printf("kmend is switched off: %s\n", picture->switched_off);
	putchar('\n');
}

static int column_width(const struct kmend_picture *picture, bool of_id)
{
	size_t width = strlen(of_id ? "UPDATE" : "STATE");

	for (size_t i = 0; i < picture->count; i++) {
		const struct kmend_situation *situation = &picture->items[i];
		const char *text = of_id ? situation->id : kmend_condition_row(situation->condition)->name;

		if (kmend_situation_is_shown(situation) && strlen(text) > width)
			width = strlen(text);
	}
	return width;
}

static void print_line(const struct kmend_situation *situation, int id_width, int state_width)
{
	const struct kmend_condition_row *row = kmend_condition_row(situation->condition);
	_cleanup_free_ char *reason = kmend_situation_reason(situation);
	_cleanup_free_ char *pause = kmend_pause_text(situation->live ? situation->live->pause_ns : 0);
	_cleanup_free_ char *targets = situation->live ? kmend_targets_text(&situation->live->targets) : NULL;

	printf("%-*s  %-*s  %s", id_width, situation->id, state_width, row->name, row->text);
	if (situation->condition == KMEND_CONDITION_OTHER_KERNEL)
		printf(" (%s)", situation->release);
	else if (kmend_situation_is_applied(situation) && *pause)
		printf(" (pause %s%s%s)", pause, targets ? "; " : "", targets ? targets : "");
	else if (kmend_situation_is_applied(situation) && targets)
		printf(" (%s)", targets);
	else if (reason && !kmend_situation_is_applied(situation) &&
		 situation->condition != KMEND_CONDITION_SWITCHED_OFF)
		printf(" (%s)", reason);
	putchar('\n');
}

/* The trap of seed packages: later upgrades never bring what one that installs no new packages has left out (apt-get upgrade). */
static void print_missing(const struct kmend_strv *missing)
{
	if (!missing->count)
		return;
	puts("\nPublished for this machine, but not installed (an upgrade without new packages left them out):");
	for (size_t i = 0; i < missing->count; i++)
		printf("  %s\n", missing->items[i]);
	puts("Install them with the package manager, by these names.");
}

static void print_status(const struct kmend_machine *machine, const struct kmend_picture *picture)
{
	int id_width = column_width(picture, true), state_width = column_width(picture, false);
	enum kmend_status status = kmend_picture_status(picture);
	_cleanup_free_ char *fixed = kmend_lacking_fixed_kernel(machine);
	bool any = false;

	print_head(machine, picture);
	if (fixed)
		printf("%s\n\n", fixed);
	for (size_t i = 0; i < picture->count; i++) {
		if (!kmend_situation_is_shown(&picture->items[i]))
			continue;
		if (!any)
			printf("%-*s  %-*s  %s\n", id_width, "UPDATE", state_width, "STATE", "MEANING");
		any = true;
		print_line(&picture->items[i], id_width, state_width);
	}
	if (!any)
		puts("No updates are installed or in force.");
	for (size_t i = 0; i < picture->warnings.count; i++)
		printf("\nWarning: %s\n", picture->warnings.items[i]);
	if (status == KMEND_STATUS_BUSY)
		puts("\n'kmend reconcile' goes on with it now; kmend-reconcile.timer does so by itself.");
	if (status == KMEND_STATUS_REFUSED)
		puts("\n'kmend view ID' tells more about what was refused or is damaged.");
}

static void print_json(const struct kmend_machine *machine, const struct kmend_picture *picture,
		       const struct kmend_strv *missing, enum kmend_status status)
{
	struct json_object *root = kmend_json_picture(machine, picture, "status");
	struct json_object *list = json_object_new_array(), *names = json_object_new_array();
	_cleanup_strv_ struct kmend_strv packages = { 0 };

	if (machine->is_real)
		kmend_packages_read(&packages);
	for (size_t i = 0; i < picture->count; i++)
		if (kmend_situation_is_shown(&picture->items[i]))
			json_object_array_add(list, kmend_json_situation(machine, &picture->items[i], &packages));
	for (size_t i = 0; i < missing->count; i++)
		json_object_array_add(names, json_object_new_string(missing->items[i]));
	json_object_object_add(root, "updates", list);
	json_object_object_add(root, "missing", names);
	json_object_object_add(root, "status", json_object_new_int(status));
	json_object_object_add(root, "status_name", json_object_new_string(kmend_status_name(status)));
	kmend_json_print(root);
}

static int status(const struct kmend_machine *machine, const struct status_options *chosen, struct kmend_error *error)
{
	_cleanup_picture_ struct kmend_picture picture = { 0 };
	_cleanup_strv_ struct kmend_strv missing = { 0 };
	enum kmend_status worst;

	if (kmend_picture_take(machine, &picture, error))
		return error->status;
	if (machine->is_real)
		kmend_missing_read(&missing);
	worst = missing.count ? KMEND_STATUS_REFUSED : kmend_picture_status(&picture);
	if (chosen->json && !chosen->quiet) {
		print_json(machine, &picture, &missing, worst);
	} else if (!chosen->quiet) {
		print_status(machine, &picture);
		print_missing(&missing);
	}
	return chosen->check || chosen->quiet ? worst : KMEND_STATUS_OK;
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	_cleanup_machine_ struct kmend_machine *machine = NULL;
	struct status_options chosen = { 0 };
	const struct kmend_option *option;
	const char *value;
	int index = 1;

	while ((option = kmend_next_option(&kmend_command_status, argc, argv, &value, &index, error))) {
		chosen.json |= !strcmp(option->name, "json");
		chosen.quiet |= !strcmp(option->name, "quiet");
		chosen.check |= !strcmp(option->name, "check");
	}
	kmend_cli_set_json(chosen.json);
	if (error->status != KMEND_STATUS_OK)
		return error->status;
	if (index < argc) {
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "status takes no operands; see 'kmend view %s'",
			   argv[index]);
		return error->status;
	}
	if (kmend_cli_machine(&machine, error))
		return error->status;
	return status(machine, &chosen, error);
}
