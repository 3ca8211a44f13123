// SPDX-License-Identifier: GPL-2.0
/* Results as JSON: what the command prints and what goes into the container. */
#include <string.h>

#include "config.h"
#include "internal.h"

static struct json_object *new_text(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

static struct json_object *new_list(const struct kmend_strv *list)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->count; i++)
		json_object_array_add(array, json_object_new_string(list->items[i]));
	return array;
}

struct json_object *kmend_trial_json(const struct kmend_trial *trial)
{
	const struct kmend_verify_setting *setting = trial->setting;
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "setting", new_text(setting->name));
	json_object_object_add(object, "cpu", new_text(setting->cpu));
	json_object_object_add(object, "cpus", json_object_new_int(setting->cpus));
	json_object_object_add(object, "append", new_text(setting->append));
	json_object_object_add(object, "outcome", new_text(trial->passed ? "passed" : "failed"));
	json_object_object_add(object, "step", new_text(trial->step));
	json_object_object_add(object, "problem", new_text(trial->problem));
	json_object_object_add(object, "applied", json_object_new_boolean(trial->applied));
	json_object_object_add(object, "reversed", json_object_new_boolean(trial->reversed));
	json_object_object_add(object, "functions", json_object_new_int(trial->functions));
	json_object_object_add(object, "targets", new_list(&trial->targets));
	json_object_object_add(object, "pause_apply_ns", json_object_new_int64(trial->pause_apply));
	json_object_object_add(object, "pause_reverse_ns", json_object_new_int64(trial->pause_reverse));
	json_object_object_add(object, "log", new_list(&trial->log));
	json_object_object_add(object, "remarks", new_list(&trial->remarks));
	json_object_object_add(object, "alone", json_object_new_boolean(trial->alone));
	json_object_object_add(object, "shared", new_text(trial->shared));
	json_object_object_add(object, "seconds", json_object_get(trial->seconds));
	return object;
}

struct json_object *kmend_subject_json(const struct kmend_subject *subject, const struct kmend_trial *trials,
				       size_t count)
{
	const struct kmend_manifest *manifest = subject->container->manifest;
	struct json_object *root = json_object_new_object(), *list = json_object_new_array();
	const struct kmend_verify_request *request = trials[0].request;
	bool passed = true;

	for (size_t i = 0; i < count; i++) {
		passed &= trials[i].passed;
		json_object_array_add(list, kmend_trial_json(&trials[i]));
	}
	json_object_object_add(root, "schema", json_object_new_int(1));
	json_object_object_add(root, "kmend", new_text(KMEND_VERSION));
	json_object_object_add(root, "id", new_text(manifest->id));
	json_object_object_add(root, "release", new_text(manifest->release));
	json_object_object_add(root, "version", new_text(manifest->version));
	json_object_object_add(root, "outcome", new_text(passed ? "passed" : "failed"));
	json_object_object_add(root, "probe_before", new_text(request->probe_before));
	json_object_object_add(root, "probe_after", new_text(request->probe_after));
	json_object_object_add(root, "settings", list);
	return root;
}

static bool is_passed(struct json_object *object)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(object, "outcome", &value) && json_object_is_type(value, json_type_string) &&
	       !strcmp(json_object_get_string(value), "passed");
}

char *kmend_verification_words(const char *verification)
{
	struct json_object *root = json_tokener_parse(verification), *settings = NULL;
	size_t count = 0, passed = 0;
	char *text;

	if (json_object_is_type(root, json_type_object) && json_object_object_get_ex(root, "settings", &settings) &&
	    json_object_is_type(settings, json_type_array))
		count = json_object_array_length(settings);
	for (size_t i = 0; i < count; i++)
		passed += is_passed(json_object_array_get_idx(settings, i));
	if (!count)
		text = kmend_strdup("not yet");
	else if (passed < count)
		text = kmend_format("DID NOT PASS on %zu of %zu machines", count - passed, count);
	else
		text = kmend_format("passed on %zu machine%s", count, count == 1 ? "" : "s");
	json_object_put(root);
	return text;
}
