// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <time.h>

#include "../apply/refusal.h"
#include "../base/blocker.h"
#include "../verify/verify.h"
#include "commands.h"
#include "looking.h"
#include "transition.h"

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	{ .name = "file", .letter = 'f', .argument = "FILE", .help = "show a container instead" },
	{ .name = "json", .help = "as JSON" },
	{ 0 },
};

const struct kmend_command kmend_command_view = {
	.name = "view",
	.arguments = "[--json] [ID | --file FILE.kmend]",
	.summary = "show what an update is, and where it stands",
	.description =
		"Without an id: one line for each known update. With an id: its description, CVEs, targets, functions\n"
		"and state, why it was refused, and who blocks it. With --file: what a container holds.",
	.options = options,
	.run = run,
};

static void print_words(const char *label, const struct kmend_strv *words)
{
	for (size_t i = 0; i < words->count; i++)
		printf("%-12s  %s\n", i ? "" : label, words->items[i]);
}

static void print_manifest(const struct kmend_manifest *manifest)
{
	printf("%-12s  %s\n", "Update", manifest->id);
	printf("%-12s  %s\n", "Description", manifest->description);
	printf("%-12s  %s, version %s\n", "Kernel", manifest->release, manifest->version);
	if (*manifest->erratum)
		printf("%-12s  %s\n", "Erratum", manifest->erratum);
	print_words("CVEs", &manifest->cves);
	for (size_t i = 0; i < manifest->nr_functions; i++)
		printf("%-12s  %s %s (%s)%s%s\n", i ? "" : "Functions", manifest->functions[i].unit,
		       manifest->functions[i].name, manifest->functions[i].change, manifest->nr_parts > 1 ? " in " : "",
		       manifest->nr_parts > 1 ? manifest->parts[manifest->functions[i].part].target : "");
	if (manifest->escapes)
		printf("%-12s  %s\n", "Note", "once undone, its code stays in memory until the next boot");
	for (size_t i = 0; i < manifest->nr_parts; i++)
		printf("%-12s  %s: %s (%lld bytes)\n", i ? "" : "Targets", manifest->parts[i].target,
		       manifest->parts[i].module_name, (long long)manifest->parts[i].module_size);
}

static void print_record(const struct kmend_machine *machine, const struct kmend_record *record)
{
	char when[64] = "";
	time_t updated = record->updated;
	struct tm local;

	if (localtime_r(&updated, &local))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);
	printf("%-12s  %s at %s%s", "Record", kmend_record_state_name(record->state), when,
	       strcmp(record->boot_id, machine->boot_id) ? ", in a former boot" : "");
	if (record->attempts > 1)
		printf(", after %u tries", record->attempts);
	putchar('\n');
}

static void print_refusal(const char *refusal)
{
	const char *detail;
	const struct kmend_refusal_row *row = kmend_refusal_find(refusal, &detail);

	printf("%-12s  %s: %s%s%s%s\n", "Refusal", row->name, row->text, *detail ? " (" : "", detail,
	       *detail ? ")" : "");
	if (*row->advice)
		printf("%-12s  %s\n", "Advice", row->advice);
}

static void print_situation(const struct kmend_machine *machine, const struct kmend_situation *situation,
			    const struct kmend_strv *packages)
{
	const struct kmend_condition_row *row = kmend_condition_row(situation->condition);
	const struct kmend_record *record = situation->record;
	const struct kmend_live *live = situation->live;
	_cleanup_free_ char *package = kmend_package_of(situation, packages);
	_cleanup_free_ char *pause = kmend_pause_text(live ? live->pause_ns : record ? record->pause_ns : 0);

	if (situation->installed && situation->installed->manifest) {
		print_manifest(situation->installed->manifest);
	} else {
		printf("%-12s  %s\n", "Update", situation->id);
		if (live)
			printf("%-12s  %s\n", "Description", live->description);
		printf("%-12s  %s\n", "Kernel", situation->release);
		if (live)
			print_words("Functions", &live->functions);
	}
	if (situation->installed && *situation->installed->problem)
		printf("%-12s  %s\n", "Damage", situation->installed->problem);
	printf("%-12s  %s\n", "Package", package ? package : "none");
	printf("%-12s  %s: %s\n", "State", row->name, row->text);
	for (size_t i = 0; live && i < live->targets.count; i++)
		printf("%-12s  %.*s:%s\n", i ? "" : "In kernel", (int)strcspn(live->targets.items[i], " "),
		       live->targets.items[i], strchrnul(live->targets.items[i], ' '));
	if (*pause)
		printf("%-12s  %s\n", "Pause", pause);
	if (record && *record->refusal)
		print_refusal(record->refusal);
	else if (live && *live->refusal)
		print_refusal(live->refusal);
	for (size_t i = 0; record && i < record->blockers.count; i++) {
		_cleanup_free_ char *text = kmend_blocker_text(record->blockers.items[i]);

		printf("%-12s  %s\n", i ? "" : "Blockers", text);
	}
	if (record)
		print_record(machine, record);
}

static int view_file(const char *path, bool json, struct kmend_error *error)
{
	_cleanup_container_ struct kmend_container *container = NULL;
	_cleanup_free_ char *text = NULL, *verified = NULL;

	/* One that cannot be looked at is not absent: reading it says why. */
	if (!kmend_file_exists(path) && errno == ENOENT)
		return kmend_fail(error, KMEND_STATUS_UNKNOWN_ID, -ENOENT, "there is no file %s", path);
	if (kmend_container_read(path, &container, error))
		return error->code;
	if (!json) {
		verified = kmend_verification_words(container->verification);
		print_manifest(container->manifest);
		printf("%-12s  %s\n", "Verified", verified);
		return 0;
	}
	text = kmend_manifest_format(container->manifest);
	fputs(text, stdout);
	return 0;
}

static void view_all(const struct kmend_picture *picture)
{
	for (size_t i = 0; i < picture->count; i++) {
		const struct kmend_situation *situation = &picture->items[i];
		const struct kmend_manifest *manifest = situation->installed ? situation->installed->manifest : NULL;

		if (kmend_situation_is_shown(situation))
			printf("%s  %s  %s\n", situation->id, kmend_condition_row(situation->condition)->name,
			       manifest		 ? manifest->description
			       : situation->live ? situation->live->description
						 : "");
	}
}

static int view_updates(const char *id, bool json, struct kmend_error *error)
{
	_cleanup_machine_ struct kmend_machine *machine = NULL;
	_cleanup_picture_ struct kmend_picture picture = { 0 };
	_cleanup_strv_ struct kmend_strv packages = { 0 };
	const struct kmend_situation *one = NULL;
	int code = kmend_cli_machine(&machine, error);

	if (!code)
		code = kmend_picture_take(machine, &picture, error);
	if (code)
		return code;
	one = id ? kmend_picture_find(&picture, id) : NULL;
	if (id && !one) {
		kmend_fail(error, KMEND_STATUS_UNKNOWN_ID, -ENOENT, "no update '%s' is known", id);
		kmend_advise(error, "'kmend view' lists the known ones.");
		return -ENOENT;
	}
	if (machine->is_real)
		kmend_packages_read(&packages);
	if (json) {
		struct json_object *root = kmend_json_picture(machine, &picture, "view");
		struct json_object *list = json_object_new_array();

		for (size_t i = 0; i < picture.count; i++)
			if (one ? &picture.items[i] == one : kmend_situation_is_shown(&picture.items[i]))
				json_object_array_add(list,
						      kmend_json_situation(machine, &picture.items[i], &packages));
		json_object_object_add(root, "updates", list);
		kmend_json_print(root);
	} else if (one) {
		print_situation(machine, one, &packages);
	} else {
		view_all(&picture);
	}
	return 0;
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	const struct kmend_option *option;
	const char *value, *file = NULL;
	bool json = false;
	int index = 1, operands;

	while ((option = kmend_next_option(&kmend_command_view, argc, argv, &value, &index, error))) {
		json |= !strcmp(option->name, "json");
		if (!strcmp(option->name, "file"))
			file = value;
	}
	kmend_cli_set_json(json);
	if (error->status != KMEND_STATUS_OK)
		return error->status;
	operands = argc - index;
	if (operands > 1 || (operands && file)) {
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "view takes one id, or --file");
		return error->status;
	}
	if (file)
		view_file(file, json, error);
	else
		view_updates(operands ? argv[index] : NULL, json, error);
	return error->status;
}
