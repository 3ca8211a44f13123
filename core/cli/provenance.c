// SPDX-License-Identifier: GPL-2.0
/*
 * Where a package comes from: an in-toto statement (v1) with a SLSA provenance predicate (v1). What went in is what the
 * container says of itself; nothing depends on when and where it was built.
 */
#include <string.h>

#include <json-c/json.h>

#include "../base/file.h"
#include "../container/container.h"
#include "building.h"
#include "config.h"

static void add_text(struct json_object *object, const char *name, const char *text)
{
	json_object_object_add(object, name, json_object_new_string(text ? text : ""));
}

static struct json_object *digest_object(const char *sha256)
{
	struct json_object *digest = json_object_new_object();

	add_text(digest, "sha256", sha256);
	return digest;
}

/* The container's own list of inputs as resolved dependencies. */
static struct json_object *dependencies(const struct kmend_container *container)
{
	struct json_object *list = json_object_new_array(), *inputs;
	struct json_object *root = container->provenance ? json_tokener_parse(container->provenance) : NULL;
	struct json_object *diff = json_object_new_object();

	add_text(diff, "name", "diff");
	json_object_object_add(diff, "digest", digest_object(container->manifest->diff_sha256));
	json_object_array_add(list, diff);
	if (root && json_object_object_get_ex(root, "inputs", &inputs) && json_object_is_type(inputs, json_type_array))
		for (size_t i = 0; i < json_object_array_length(inputs); i++) {
			struct json_object *input = json_object_array_get_idx(inputs, i), *member;
			struct json_object *one = json_object_new_object();

			add_text(one, "name",
				 json_object_object_get_ex(input, "name", &member) ? json_object_get_string(member)
										   : "");
			if (json_object_object_get_ex(input, "sha256", &member))
				json_object_object_add(one, "digest", digest_object(json_object_get_string(member)));
			if (json_object_object_get_ex(input, "version", &member) &&
			    json_object_get_string_len(member)) {
				struct json_object *notes = json_object_new_object();

				add_text(notes, "version", json_object_get_string(member));
				json_object_object_add(one, "annotations", notes);
			}
			json_object_array_add(list, one);
		}
	json_object_put(root);
	return list;
}

static struct json_object *predicate(const struct kmend_building *building, const struct kmend_built_kernel *kernel,
				     const struct kmend_piece *change, const struct kmend_container *container)
{
	struct json_object *root = json_object_new_object(), *definition = json_object_new_object();
	struct json_object *parameters = json_object_new_object(), *details = json_object_new_object();
	struct json_object *builder = json_object_new_object(), *versions = json_object_new_object();
	struct json_object *cves = json_object_new_array();

	for (size_t i = 0; i < change->cves.count; i++)
		json_object_array_add(cves, json_object_new_string(change->cves.items[i]));
	add_text(parameters, "kernel", kernel->release);
	add_text(parameters, "version", kernel->errata.version);
	add_text(parameters, "to", kernel->errata.to);
	add_text(parameters, "change", change->id);
	add_text(parameters, "origin", change->origin);
	add_text(parameters, "evidence", kmend_evidence_name(change->evidence));
	json_object_object_add(parameters, "cves", cves);
	add_text(definition, "buildType", "https://kmend.invalid/build/v1");
	json_object_object_add(definition, "externalParameters", parameters);
	json_object_object_add(definition, "resolvedDependencies", dependencies(container));
	json_object_object_add(root, "buildDefinition", definition);
	add_text(builder, "id", building->origin);
	add_text(versions, "kmend", KMEND_VERSION);
	add_text(versions, "compiler", container->manifest->compiler);
	json_object_object_add(builder, "version", versions);
	json_object_object_add(details, "builder", builder);
	json_object_object_add(root, "runDetails", details);
	return root;
}

int kmend_build_provenance(const struct kmend_building *building, const struct kmend_built_kernel *kernel,
			   const struct kmend_piece *change, const char *package, const char *container_path,
			   struct kmend_error *error)
{
	_cleanup_container_ struct kmend_container *container = NULL;
	_cleanup_free_ char *path = kmend_format("%s.intoto.json", package);
	struct json_object *root, *subjects, *subject;
	const char *text, *slash = strrchr(package, '/');
	char digest[KMEND_SHA256_HEX];
	int code = kmend_container_read(container_path, &container, error);

	if (!code)
		code = kmend_sha256_file(package, digest, error);
	if (code)
		return code;
	root = json_object_new_object();
	subjects = json_object_new_array();
	subject = json_object_new_object();
	add_text(subject, "name", slash ? slash + 1 : package);
	json_object_object_add(subject, "digest", digest_object(digest));
	json_object_array_add(subjects, subject);
	add_text(root, "_type", "https://in-toto.io/Statement/v1");
	json_object_object_add(root, "subject", subjects);
	add_text(root, "predicateType", "https://slsa.dev/provenance/v1");
	json_object_object_add(root, "predicate", predicate(building, kernel, change, container));
	text = json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	code = kmend_file_write_atomic(path, text, strlen(text), 0644, error);
	json_object_put(root);
	return code;
}
