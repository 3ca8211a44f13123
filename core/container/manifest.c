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
	free(manifest->verdict);
	free(manifest->erratum);
	kmend_strv_free(&manifest->cves);
	kmend_strv_free(&manifest->reasons);
	kmend_strv_free(&manifest->waivers);
	kmend_strv_free(&manifest->replaces);
	for (size_t i = 0; i < manifest->nr_parts; i++) {
		free(manifest->parts[i].target);
		free(manifest->parts[i].module_name);
		kmend_strv_free(&manifest->parts[i].units);
	}
	free(manifest->parts);
	for (size_t i = 0; i < manifest->nr_functions; i++) {
		free(manifest->functions[i].unit);
		free(manifest->functions[i].name);
		free(manifest->functions[i].change);
	}
	free(manifest->functions);
	for (size_t i = 0; i < manifest->nr_bases; i++)
		free(manifest->bases[i].id);
	free(manifest->bases);
	free(manifest);
}

void kmend_manifest_digest(const struct kmend_manifest *manifest, char ret_digest[KMEND_SHA256_HEX])
{
	_cleanup_buffer_ struct kmend_buffer digests = { 0 };

	for (size_t i = 0; i < manifest->nr_parts; i++)
		kmend_buffer_addf(&digests, "%s", manifest->parts[i].module_sha256);
	kmend_sha256(digests.data, digests.size, ret_digest);
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

static const struct kmend_strv *list_at(const struct kmend_rule *rule, const struct kmend_manifest *manifest)
{
	return (const struct kmend_strv *)((const char *)manifest + rule->place);
}

/* @base: the manifest, or the part whose rule it is. */
static struct json_object *new_value(const struct kmend_rule *rule, const void *base)
{
	const void *place = rule->place == KMEND_RULE_FIXED ? NULL : (const char *)base + rule->place;

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

static struct json_object *new_parts(const struct kmend_manifest *manifest)
{
	struct json_object *parts = json_object_new_array();

	for (size_t i = 0; i < manifest->nr_parts; i++) {
		struct json_object *part = json_object_new_object();

		for (const struct kmend_rule *rule = kmend_part_rules; rule->name; rule++)
			json_object_object_add(part, rule->name, new_value(rule, &manifest->parts[i]));
		json_object_array_add(parts, part);
	}
	return parts;
}

static struct json_object *new_functions(const struct kmend_manifest *manifest, size_t part)
{
	struct json_object *functions = json_object_new_array();

	for (size_t i = 0; i < manifest->nr_functions; i++) {
		struct json_object *function;

		if (manifest->functions[i].part != part)
			continue;
		function = json_object_new_object();
		json_object_object_add(function, "unit", new_text(manifest->functions[i].unit));
		json_object_object_add(function, "name", new_text(manifest->functions[i].name));
		json_object_object_add(function, "change", new_text(manifest->functions[i].change));
		json_object_array_add(functions, function);
	}
	return functions;
}

/* What is changed in each part's target, in the order of the parts. */
static struct json_object *new_targets(const struct kmend_manifest *manifest)
{
	struct json_object *targets = json_object_new_array();

	for (size_t i = 0; i < manifest->nr_parts; i++) {
		struct json_object *target = json_object_new_object();

		json_object_object_add(target, "name", new_text(manifest->parts[i].target));
		json_object_object_add(target, "units", new_list(&manifest->parts[i].units));
		json_object_object_add(target, "functions", new_functions(manifest, i));
		json_object_array_add(targets, target);
	}
	return targets;
}

static struct json_object *new_bases(const struct kmend_manifest *manifest)
{
	struct json_object *bases = json_object_new_array();

	for (size_t i = 0; i < manifest->nr_bases; i++) {
		struct json_object *base = json_object_new_object();

		json_object_object_add(base, "id", new_text(manifest->bases[i].id));
		json_object_object_add(base, "digest", new_text(manifest->bases[i].digest));
		json_object_array_add(bases, base);
	}
	return bases;
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
		if (!rule->is_optional || list_at(rule, manifest)->count)
			json_object_object_add(object, rule->name, new_value(rule, manifest));
	}
	json_object_object_add(root, "parts", new_parts(manifest));
	if (manifest->nr_bases)
		json_object_object_add(root, "bases", new_bases(manifest));
	json_object_object_add(root, "targets", new_targets(manifest));
	text = kmend_format(
		"%s\n", json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
	return text;
}
