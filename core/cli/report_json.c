// SPDX-License-Identifier: GPL-2.0
/* The JSON of updates and their situation. */
#include <string.h>

#include <kmend/plugin.h>

#include "../apply/refusal.h"
#include "config.h"
#include "report.h"

static const char *const kernel_states[] = {
	[KMEND_STATE_REFUSED] = "refused", [KMEND_STATE_READY] = "ready",	  [KMEND_STATE_APPLIED] = "applied",
	[KMEND_STATE_LOADING] = "loading", [KMEND_STATE_SWITCHING] = "switching", [KMEND_STATE_REVERSING] = "reversing",
};

void kmend_json_print(struct json_object *object)
{
	_cleanup_free_ char *text = kmend_strdup(
		json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));

	/* json-c writes strings as they are; JSON has to be UTF-8 (RFC 8259, 8.1). */
	kmend_text_repair(text);
	puts(text);
	json_object_put(object);
	fflush(stdout);
}

struct json_object *kmend_json_text(const char *text)
{
	return json_object_new_string(text ? text : "");
}

static struct json_object *json_text_or_null(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

struct json_object *kmend_json_refusal(const char *refusal)
{
	const struct kmend_refusal_row *row;
	struct json_object *object;
	const char *detail;

	if (!refusal || !*refusal)
		return NULL;
	row = kmend_refusal_find(refusal, &detail);
	object = json_object_new_object();
	json_object_object_add(object, "name", json_object_new_string(row->name));
	json_object_object_add(object, "text", json_object_new_string(row->text));
	json_object_object_add(object, "detail", json_object_new_string(detail));
	json_object_object_add(object, "advice", json_object_new_string(row->advice));
	return object;
}

struct json_object *kmend_json_list(const struct kmend_strv *list)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->count; i++)
		json_object_array_add(array, json_object_new_string(list->items[i]));
	return array;
}

struct json_object *kmend_json_blockers(const struct kmend_strv *lines)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < lines->count; i++) {
		struct json_object *object = json_object_new_object();
		char comm[64] = "", function[512] = "";
		unsigned long offset = 0, seconds = 0;
		int pid = 0;

		sscanf(lines->items[i], "%d %63s %511s 0x%lx %lu", &pid, comm, function, &offset, &seconds);
		json_object_object_add(object, "pid", json_object_new_int(pid));
		json_object_object_add(object, "comm", json_object_new_string(comm));
		json_object_object_add(object, "function",
				       strcmp(function, "-") ? json_object_new_string(function) : NULL);
		json_object_object_add(object, "offset", json_object_new_int64(offset));
		json_object_object_add(object, "seconds", json_object_new_int64(seconds));
		json_object_array_add(list, object);
	}
	return list;
}

struct json_object *kmend_json_functions(const struct kmend_strv *lines)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < lines->count; i++) {
		struct json_object *object = json_object_new_object();
		char unit[512] = "", function[512] = "", address[32] = "";
		unsigned int size = 0;

		sscanf(lines->items[i], "%511s %511s %31s %u", unit, function, address, &size);
		json_object_object_add(object, "unit", json_object_new_string(unit));
		json_object_object_add(object, "function", json_object_new_string(function));
		json_object_object_add(object, "size", json_object_new_int64(size));
		json_object_array_add(list, object);
	}
	return list;
}

struct json_object *kmend_json_targets(const struct kmend_strv *lines)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < lines->count; i++) {
		struct json_object *object = json_object_new_object();
		const char *why = kmend_target_refusal(lines->items[i]);
		char name[64] = "", state[64] = "";

		sscanf(lines->items[i], "%63s %63s", name, state);
		json_object_object_add(object, "name", json_object_new_string(name));
		json_object_object_add(object, "state", *state ? json_object_new_string(state) : NULL);
		if (*why)
			json_object_object_add(object, "refusal", kmend_json_refusal(why));
		json_object_array_add(list, object);
	}
	return list;
}

/* Of an update that is not loaded the manifest tells the targets; they have no state then. */
static struct json_object *json_targets_of(const struct kmend_situation *situation)
{
	const struct kmend_manifest *manifest = situation->installed ? situation->installed->manifest : NULL;
	_cleanup_strv_ struct kmend_strv lines = { 0 };

	if (situation->live && situation->live->targets.count)
		return kmend_json_targets(&situation->live->targets);
	for (size_t i = 0; manifest && i < manifest->nr_parts; i++)
		kmend_strv_add(&lines, manifest->parts[i].target);
	return kmend_json_targets(&lines);
}

/* Of an update that is not loaded the manifest tells the functions. */
static struct json_object *json_functions_of(const struct kmend_situation *situation)
{
	const struct kmend_manifest *manifest = situation->installed ? situation->installed->manifest : NULL;
	_cleanup_strv_ struct kmend_strv lines = { 0 };

	if (situation->live && situation->live->functions.count)
		return kmend_json_functions(&situation->live->functions);
	for (size_t i = 0; manifest && i < manifest->nr_functions; i++)
		kmend_strv_addf(&lines, "%s %s 0 0", manifest->functions[i].unit, manifest->functions[i].name);
	return kmend_json_functions(&lines);
}

static struct json_object *json_record(const struct kmend_machine *machine, const struct kmend_record *record)
{
	struct json_object *object;

	if (!record)
		return NULL;
	object = json_object_new_object();
	json_object_object_add(object, "state", json_object_new_string(kmend_record_state_name(record->state)));
	json_object_object_add(object, "boot_id", json_object_new_string(record->boot_id));
	json_object_object_add(object, "this_boot",
			       json_object_new_boolean(!strcmp(record->boot_id, machine->boot_id)));
	json_object_object_add(object, "attempts", json_object_new_int64(record->attempts));
	json_object_object_add(object, "updated", json_object_new_int64(record->updated));
	return object;
}

struct json_object *kmend_json_situation(const struct kmend_machine *machine, const struct kmend_situation *situation,
					 const struct kmend_strv *packages)
{
	const struct kmend_condition_row *row = kmend_condition_row(situation->condition);
	const struct kmend_manifest *manifest = situation->installed ? situation->installed->manifest : NULL;
	const struct kmend_record *record = situation->record;
	const struct kmend_live *live = situation->live;
	_cleanup_free_ char *package = kmend_package_of(situation, packages);
	struct json_object *object = json_object_new_object(), *cves = json_object_new_array();
	static const struct kmend_strv none;

	json_object_object_add(object, "id", json_object_new_string(situation->id));
	json_object_object_add(object, "release", json_object_new_string(situation->release));
	json_object_object_add(object, "condition", json_object_new_string(row->name));
	json_object_object_add(object, "text", json_object_new_string(row->text));
	json_object_object_add(object, "applied", json_object_new_boolean(kmend_situation_is_applied(situation)));
	json_object_object_add(object, "installed", json_object_new_boolean(situation->installed != NULL));
	json_object_object_add(object, "package", kmend_json_text(package));
	json_object_object_add(object, "description",
			       kmend_json_text(manifest ? manifest->description
					       : live	? live->description
							: ""));
	for (size_t i = 0; manifest && i < manifest->cves.count; i++)
		json_object_array_add(cves, json_object_new_string(manifest->cves.items[i]));
	json_object_object_add(object, "cves", cves);
	json_object_object_add(object, "pause_ns",
			       json_object_new_int64(live     ? live->pause_ns
						     : record ? record->pause_ns
							      : 0));
	json_object_object_add(object, "escapes",
			       json_object_new_boolean(live ? live->escapes : manifest && manifest->escapes));
	json_object_object_add(object, "refusal",
			       kmend_json_refusal(record && *record->refusal ? record->refusal
						  : live		     ? live->refusal
									     : NULL));
	json_object_object_add(object, "engine", json_text_or_null(live ? live->engine : NULL));
	json_object_object_add(object, "remaining", json_object_new_int64(live ? live->remaining : 0));
	json_object_object_add(object, "blockers",
			       kmend_json_blockers(live && kmend_live_is_under_way(live) ? &live->blockers
						   : record				 ? &record->blockers
											 : &none));
	json_object_object_add(object, "targets", json_targets_of(situation));
	json_object_object_add(object, "functions", json_functions_of(situation));
	json_object_object_add(object, "kernel_state", json_text_or_null(live ? kernel_states[live->state] : NULL));
	json_object_object_add(object, "record", json_record(machine, record));
	return object;
}

struct json_object *kmend_json_picture(const struct kmend_machine *machine, const struct kmend_picture *picture,
				       const char *command)
{
	struct json_object *root = json_object_new_object(), *kernel = json_object_new_object(),
			   *kmend = json_object_new_object(), *warnings = json_object_new_array();
	enum kmend_status status = kmend_picture_status(picture);

	json_object_object_add(root, "schema", json_object_new_int(1));
	json_object_object_add(root, "command", json_object_new_string(command));
	json_object_object_add(root, "status", json_object_new_int(status));
	json_object_object_add(root, "status_name", json_object_new_string(kmend_status_name(status)));
	json_object_object_add(kernel, "release", json_object_new_string(machine->release));
	json_object_object_add(kernel, "version", json_object_new_string(machine->version));
	json_object_object_add(kernel, "boot_id", json_object_new_string(machine->boot_id));
	json_object_object_add(root, "kernel", kernel);
	json_object_object_add(kmend, "version", json_object_new_string(KMEND_VERSION));
	json_object_object_add(kmend, "module_version", json_text_or_null(picture->module_version));
	json_object_object_add(kmend, "switched_off", json_text_or_null(picture->switched_off));
	json_object_object_add(root, "kmend", kmend);
	for (size_t i = 0; i < picture->warnings.count; i++)
		json_object_array_add(warnings, json_object_new_string(picture->warnings.items[i]));
	json_object_object_add(root, "warnings", warnings);
	return root;
}

void kmend_packages_read(struct kmend_strv *ret_packages)
{
	const struct kmend_plugin *plugin;

	/* Without a packager's plugin, or while its database is locked away, its words are missing and nothing else. */
	if (kmend_plugin_load(NULL, &plugin, NULL) || !plugin->installed_updates)
		return;
	plugin->installed_updates(ret_packages, NULL);
}

void kmend_missing_read(struct kmend_strv *ret_packages)
{
	const struct kmend_plugin *plugin;

	if (kmend_plugin_load(NULL, &plugin, NULL) || !plugin->missing_recommended)
		return;
	plugin->missing_recommended(ret_packages, NULL);
}

char *kmend_package_of(const struct kmend_situation *situation, const struct kmend_strv *packages)
{
	for (size_t i = 0; i < packages->count; i++) {
		char release[128] = "", id[128] = "", name[256] = "", version[256] = "";

		if (sscanf(packages->items[i], "%127s %127s %255s %255s", release, id, name, version) == 4 &&
		    !strcmp(release, situation->release) && !strcmp(id, situation->id))
			return kmend_format("%s %s", name, version);
	}
	return situation->record && *situation->record->package ? kmend_strdup(situation->record->package) : NULL;
}
