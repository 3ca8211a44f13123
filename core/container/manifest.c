// SPDX-License-Identifier: GPL-2.0
/* The manifest as JSON text. */
#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include <kmend/abi.h>

#include "manifest.h"

void kmend_manifest_free(struct kmend_manifest *manifest)
{
	if (!manifest)
		return;
	free(manifest->id);
	free(manifest->description);
	free(manifest->release);
	free(manifest->version);
	free(manifest->compiler);
	free(manifest->engine);
	free(manifest->module_name);
	free(manifest->verdict);
	free(manifest->erratum);
	kmend_strv_free(&manifest->cves);
	kmend_strv_free(&manifest->reasons);
	kmend_strv_free(&manifest->units);
	for (size_t i = 0; i < manifest->nr_functions; i++) {
		free(manifest->functions[i].unit);
		free(manifest->functions[i].name);
		free(manifest->functions[i].change);
	}
	free(manifest->functions);
	free(manifest);
}

char *kmend_manifest_module_file(const struct kmend_manifest *manifest)
{
	return kmend_format("modules/%s.ko", manifest->module_name ? manifest->module_name : "");
}

static struct json_object *new_text(const char *text)
{
	return json_object_new_string(text ? text : "");
}

static struct json_object *new_list(const struct kmend_strv *list)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->count; i++)
		json_object_array_add(array, new_text(list->items[i]));
	return array;
}

static struct json_object *new_value(const struct kmend_rule *rule, const struct kmend_manifest *manifest)
{
	const void *place = rule->place == KMEND_RULE_FIXED ? NULL : (const char *)manifest + rule->place;

	switch (rule->kind) {
	case KMEND_RULE_TEXT:
		return new_text(place ? *(char *const *)place : rule->fixed);
	case KMEND_RULE_DIGEST:
		return new_text(place);
	case KMEND_RULE_NUMBER:
		return json_object_new_int64(place ? *(const int64_t *)place : rule->least);
	case KMEND_RULE_FLAG:
		return json_object_new_boolean(*(const bool *)place);
	case KMEND_RULE_LIST:
		return new_list(place);
	}
	return NULL;
}

static struct json_object *new_targets(const struct kmend_manifest *manifest)
{
	struct json_object *targets = json_object_new_array(), *target = json_object_new_object();
	struct json_object *functions = json_object_new_array();

	for (size_t i = 0; i < manifest->nr_functions; i++) {
		struct json_object *function = json_object_new_object();

		json_object_object_add(function, "unit", new_text(manifest->functions[i].unit));
		json_object_object_add(function, "name", new_text(manifest->functions[i].name));
		json_object_object_add(function, "change", new_text(manifest->functions[i].change));
		json_object_array_add(functions, function);
	}
	json_object_object_add(target, "name", new_text("vmlinux"));
	json_object_object_add(target, "units", new_list(&manifest->units));
	json_object_object_add(target, "functions", functions);
	json_object_array_add(targets, target);
	return targets;
}

char *kmend_manifest_format(const struct kmend_manifest *manifest)
{
	struct json_object *root = json_object_new_object();
	char *text;

	for (const struct kmend_rule *rule = kmend_manifest_rules; rule->name; rule++) {
		struct json_object *object = root;

		if (*rule->object && !json_object_object_get_ex(root, rule->object, &object)) {
			object = json_object_new_object();
			json_object_object_add(root, rule->object, object);
		}
		json_object_object_add(object, rule->name, new_value(rule, manifest));
		if (!strcmp(rule->object, "module") && !strcmp(rule->name, "name")) {
			_cleanup_free_ char *file = kmend_manifest_module_file(manifest);

			json_object_object_add(object, "file", new_text(file));
		}
	}
	json_object_object_add(root, "targets", new_targets(manifest));
	text = kmend_format(
		"%s\n", json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
	return text;
}
