// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "looking.h"
#include "report.h"
#include "standing.h"
#include "transition.h"

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	{ "available", 0, NULL, "updates that could be installed" },
	{ "all", 'a', NULL, "installed ones, available ones, and what only a reboot mends" },
	{ "json", 0, NULL, "tell it as JSON" },
	{ 0 },
};

const struct kmend_command kmend_command_show = {
	.name = "show",
	.arguments = "[OPTION]... [ID]",
	.summary = "show updates: those in force, those there are, or one",
	.description =
		"Without options: the updates in force. ID is an update's id or a CVE: what it mends, how severe that is, where it\n"
		"stands, what it rests on, and why it cannot be mended if so.",
	.options = options,
	.run = run,
};

struct entry {
	const char *id;
	const char *subject;
	const struct kmend_strv *cves;
	enum kmend_standing standing;
	const struct kmend_piece *change;
};

static enum kmend_standing standing_of_change(const struct kmend_lacking *lacking, const struct kmend_piece *change)
{
	return change->cves.count ? kmend_standing_of(lacking, change->cves.items[0], NULL) : KMEND_STANDING_UNKNOWN;
}

/* Updates of the picture first, then changes of the list that are not installed. */
static size_t collect(const struct kmend_lacking *lacking, bool available, bool all, struct entry **ret_entries)
{
	static const struct kmend_strv none;
	struct entry *entries = NULL;
	size_t count = 0;

	for (size_t i = 0; i < lacking->picture.count && !available; i++) {
		const struct kmend_situation *situation = &lacking->picture.items[i];
		const struct kmend_manifest *manifest = situation->installed ? situation->installed->manifest : NULL;
		bool applied = kmend_situation_is_applied(situation);

		if (strcmp(situation->release, lacking->release) || (!applied && (!all || !situation->installed)))
			continue;
		*kmend_array_add(entries, count) = (struct entry){
			.id = situation->id,
			.subject = manifest ? manifest->description : "",
			.cves = manifest ? &manifest->cves : &none,
			.standing = applied ? KMEND_STANDING_LIVE : KMEND_STANDING_PENDING,
		};
		if (!applied)
			entries[count - 1].standing =
				kmend_condition_row(situation->condition)->status == KMEND_STATUS_BUSY
					? KMEND_STANDING_PENDING
				: kmend_condition_row(situation->condition)->status == KMEND_STATUS_OK
					? KMEND_STANDING_HELD
					: KMEND_STANDING_REFUSED;
	}
	for (size_t i = 0; i < lacking->errata.nr_changes && (available || all); i++) {
		const struct kmend_piece *change = &lacking->errata.changes[i];
		enum kmend_standing standing = standing_of_change(lacking, change);

		if (!change->cves.count || standing <= KMEND_STANDING_HELD ||
		    (available && standing != KMEND_STANDING_AVAILABLE))
			continue;
		*kmend_array_add(entries, count) = (struct entry){
			.id = change->id,
			.subject = change->subject,
			.cves = &change->cves,
			.standing = standing,
			.change = change,
		};
	}
	*ret_entries = entries;
	return count;
}

static struct json_object *list_of(const struct kmend_strv *list)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->count; i++)
		json_object_array_add(array, json_object_new_string(list->items[i]));
	return array;
}

static struct json_object *entry_json(const struct entry *entry)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "id", json_object_new_string(entry->id));
	json_object_object_add(object, "subject", json_object_new_string(entry->subject));
	json_object_object_add(object, "state", json_object_new_string(kmend_standing_row(entry->standing)->name));
	json_object_object_add(object, "cves", list_of(entry->cves));
	return object;
}

static void print_entries(const struct kmend_lacking *lacking, const struct entry *entries, size_t count, bool json,
			  const char *none)
{
	struct json_object *root, *list;
	int width = 6;

	if (json) {
		root = json_object_new_object();
		list = json_object_new_array();
		json_object_object_add(root, "schema", json_object_new_int(1));
		json_object_object_add(root, "command", json_object_new_string("show"));
		json_object_object_add(root, "release", json_object_new_string(lacking->release));
		for (size_t i = 0; i < count; i++)
			json_object_array_add(list, entry_json(&entries[i]));
		json_object_object_add(root, "updates", list);
		kmend_json_print(root);
		return;
	}
	for (size_t i = 0; i < count; i++)
		width = (int)strlen(entries[i].id) > width ? (int)strlen(entries[i].id) : width;
	for (size_t i = 0; i < count; i++)
		printf("%-*s  %-11s  %s\n", width, entries[i].id, kmend_standing_row(entries[i].standing)->name,
		       entries[i].subject);
	if (!count)
		puts(none);
}

static void print_list(const char *name, const struct kmend_strv *list)
{
	for (size_t i = 0; i < list->count; i++)
		printf("%-12s %s\n", i ? "" : name, list->items[i]);
}

static void print_one(const struct kmend_lacking *lacking, const struct entry *entry)
{
	const struct kmend_standing_row *row = kmend_standing_row(entry->standing);
	const struct kmend_piece *change =
		entry->change ? entry->change : kmend_errata_find_change(&lacking->errata, entry->id);

	printf("%-12s %s\n%-12s %s\n%-12s %s: %s\n", "Update", entry->id, "Mends", entry->subject, "Stands", row->name,
	       row->text);
	print_list("CVEs", entry->cves);
	for (size_t i = 0; i < entry->cves->count; i++) {
		enum kmend_severity severity = kmend_lacking_severity(lacking, entry->cves->items[i]);

		if (severity)
			printf("%-12s %s (%s)\n", "Severity", kmend_severity_name(severity), entry->cves->items[i]);
	}
	if (!change)
		return;
	if (*change->erratum)
		printf("%-12s %s\n", "Erratum", change->erratum);
	print_list("Rests on", &change->depends);
	print_list("Files", &change->files);
	print_list("Also mends", &change->also);
	print_list("Reasons", &change->reasons);
}

/* By id or by CVE. */
static bool find(const struct kmend_lacking *lacking, const char *name, struct entry *ret_entry)
{
	struct entry *entries = NULL;
	size_t count = collect(lacking, false, true, &entries);
	bool found = false;

	for (size_t i = 0; i < count && !found; i++)
		if (!strcmp(entries[i].id, name) || kmend_strv_has(entries[i].cves, name)) {
			*ret_entry = entries[i];
			found = true;
		}
	free(entries);
	return found;
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	_cleanup_machine_ struct kmend_machine *machine = NULL;
	_cleanup_lacking_ struct kmend_lacking lacking = { 0 };
	struct kmend_lacking_request request = { .local = true };
	const struct kmend_option *option;
	struct entry *entries = NULL, one;
	bool available = false, all = false, json = false;
	const char *value;
	size_t count;
	int index = 1;

	while ((option = kmend_next_option(&kmend_command_show, argc, argv, &value, &index, error))) {
		available |= !strcmp(option->name, "available");
		all |= !strcmp(option->name, "all");
		json |= !strcmp(option->name, "json");
	}
	kmend_cli_set_json(json);
	if (!error->status && (index + 1 < argc || (index < argc && (available || all))))
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "show takes one update's id, or options");
	if (error->status || kmend_cli_machine(&machine, error) ||
	    kmend_lacking_read(machine, &request, &lacking, error))
		return error->status;
	if (index < argc) {
		if (!find(&lacking, argv[index], &one)) {
			kmend_fail(error, KMEND_STATUS_UNKNOWN_ID, -ENOENT, "no update '%.100s' is known", argv[index]);
			kmend_advise(error, "'kmend show --all' lists those there are.");
			return error->status;
		}
		if (json)
			print_entries(&lacking, &one, 1, true, "");
		else
			print_one(&lacking, &one);
		return KMEND_STATUS_OK;
	}
	count = collect(&lacking, available, all, &entries);
	print_entries(&lacking, entries, count, json,
		      available ? "No updates can be installed." : "No updates are in force.");
	free(entries);
	return KMEND_STATUS_OK;
}
