// SPDX-License-Identifier: GPL-2.0
/* The container: manifest and provenance from what the steps found. Nothing in it depends on when or where it is made. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <json-c/json.h>

#include "../base/file.h"
#include "../container/container.h"
#include "config.h"
#include "../kernel/sources.h"
#include <kmend/abi.h>

#include "internal.h"

static void add_text(struct json_object *object, const char *name, const char *text)
{
	json_object_object_add(object, name, json_object_new_string(text));
}

/* "NAME VERSION SHA256" as an object. */
static struct json_object *input_object(const char *line)
{
	struct json_object *object = json_object_new_object();
	_cleanup_free_ char *copy = kmend_strdup(line);
	static const char *const names[] = { "name", "version", "sha256" };
	char *rest = NULL, *word = strtok_r(copy, " ", &rest);

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(names) && word; i++, word = strtok_r(NULL, " ", &rest))
		add_text(object, names[i], word);
	return object;
}

/* A file that a user's directory provided: by its digest, never by its path. */
static void add_file_input(struct json_object *inputs, const char *name, const char *directory, const char *file)
{
	_cleanup_free_ char *path = kmend_path(directory, file);
	struct json_object *object;
	char digest[KMEND_SHA256_HEX];

	if (kmend_sha256_file(path, digest, NULL))
		return;
	object = json_object_new_object();
	add_text(object, "name", name);
	add_text(object, "version", "");
	add_text(object, "sha256", digest);
	json_object_array_add(inputs, object);
}

static char *make_provenance(const struct kmend_creation *creation)
{
	const struct kmend_kernel_build *kernel = creation->tree->kernel;
	struct json_object *root = json_object_new_object(), *inputs = json_object_new_array();
	struct json_object *tools = json_object_new_array(), *tool = json_object_new_object();
	char *text;

	json_object_object_add(root, "schema", json_object_new_int(1));
	add_text(root, "kmend", KMEND_VERSION);
	for (size_t i = 0; i < kernel->inputs.count; i++)
		json_object_array_add(inputs, input_object(kernel->inputs.items[i]));
	add_file_input(inputs, "config", kernel->headers, ".config");
	add_file_input(inputs, "Module.symvers", kernel->headers, "Module.symvers");
	for (size_t i = 0; i < creation->changes->units.count; i++)
		add_file_input(inputs, creation->changes->units.items[i], creation->tree->source,
			       creation->changes->units.items[i]);
	json_object_object_add(root, "inputs", inputs);
	add_text(tool, "name", kernel->compiler);
	add_text(tool, "version", kernel->compiler_version);
	json_object_array_add(tools, tool);
	json_object_object_add(root, "tools", tools);
	text = kmend_format(
		"%s\n", json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
	return text;
}

static int64_t creation_time(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	return epoch && *epoch ? strtoll(epoch, NULL, 10) : 0;
}

static void add_functions(struct kmend_manifest *manifest, const char *unit, const struct kmend_create_result *result)
{
	for (size_t i = 0; i < result->nr_functions; i++) {
		const struct kmend_create_function *from = &result->functions[i];
		struct kmend_manifest_function *to;

		if (strcmp(from->unit, unit))
			continue;
		to = kmend_array_add(manifest->functions, manifest->nr_functions);
		to->part = manifest->nr_parts - 1;
		to->unit = kmend_source_path(from->unit);
		to->name = kmend_strdup(from->name);
		to->change = kmend_strdup(from->change);
	}
}

static void add_part(struct kmend_manifest *manifest, const struct kmend_part *from,
		     const struct kmend_create_result *result)
{
	struct kmend_manifest_part *part = kmend_array_add(manifest->parts, manifest->nr_parts);

	part->target = kmend_strdup(from->target);
	for (size_t i = 0; i < from->nr_deltas; i++) {
		/* kbuild names some units by a way with "..": arch/x86/kvm/../../../virt/kvm/kvm_main.c. */
		_cleanup_free_ char *path = kmend_source_path(from->deltas[i]->unit);

		kmend_strv_add(&part->units, path);
		add_functions(manifest, from->deltas[i]->unit, result);
	}
}

static void add_bases(const struct kmend_creation *creation, struct kmend_manifest *manifest)
{
	for (size_t i = 0; i < creation->nr_bases; i++) {
		struct kmend_manifest_base *base = kmend_array_add(manifest->bases, manifest->nr_bases);

		base->id = kmend_strdup(creation->bases[i].container->manifest->id);
		memcpy(base->digest, creation->bases[i].digest, sizeof(base->digest));
	}
}

#define LINE_MAX_BYTES 512 /* of the manifest's lists */

/* Cut at a character's beginning. */
static void add_line(struct kmend_strv *list, const char *line)
{
	_cleanup_free_ char *cut = kmend_strndup(line, LINE_MAX_BYTES);
	size_t size = strlen(cut);

	if (size == LINE_MAX_BYTES && line[size])
		for (; size && ((unsigned char)line[size] & 0xc0) == 0x80; size--)
			;
	cut[size] = '\0';
	kmend_strv_add(list, cut);
}

/* What was seen, and what the author says to it. */
static void add_verdict(struct kmend_manifest *manifest, const struct kmend_assessment *assessment)
{
	manifest->verdict = kmend_strdup(kmend_verdict_name(assessment->verdict));
	for (size_t i = 0; i < assessment->nr_findings && manifest->reasons.count < 256; i++) {
		const struct kmend_reason *reason = &assessment->findings[i].reason;
		_cleanup_free_ char *line = kmend_format("%s: %s", reason->code, reason->text);

		add_line(&manifest->reasons, line);
	}
	for (size_t i = 0; i < assessment->nr_waivers && manifest->waivers.count < 256; i++) {
		const struct kmend_waiver *waiver = &assessment->waivers[i];
		_cleanup_free_ char *line = kmend_format("%s%s%s=%s", waiver->code, waiver->symbol ? ":" : "",
							 waiver->symbol ? waiver->symbol : "", waiver->text);

		if (waiver->is_used)
			add_line(&manifest->waivers, line);
	}
}

static struct kmend_manifest *make_manifest(const struct kmend_creation *creation)
{
	const struct kmend_create_request *request = creation->request;
	const struct kmend_kernel_build *kernel = creation->tree->kernel;
	struct kmend_manifest *manifest = kmend_calloc(1, sizeof(*manifest));

	manifest->id = kmend_strdup(request->id);
	manifest->description = kmend_strdup(request->description);
	manifest->release = kmend_strdup(kernel->release);
	manifest->version = kmend_strdup(kernel->version);
	manifest->compiler = kmend_strdup(kernel->compiler_version);
	manifest->engine = kmend_strdup(creation->flags & KMEND_UPDATE_GRADUAL		? "gradual"
					: creation->flags & KMEND_UPDATE_MAY_BE_GRADUAL ? "stop-or-gradual"
											: "stop");
	for (size_t i = 0; i < request->replaces.count; i++)
		kmend_strv_add(&manifest->replaces, request->replaces.items[i]);
	add_verdict(manifest, &creation->result->assessment);
	manifest->erratum = kmend_strdup(request->erratum ? request->erratum : "");

	manifest->created = creation_time();
	for (size_t i = 0; i < request->cves.count; i++)
		kmend_strv_add(&manifest->cves, request->cves.items[i]);
	for (size_t i = 0; i < creation->nr_parts; i++) {
		manifest->escapes |= creation->parts[i].link.escapes;
		add_part(manifest, &creation->parts[i], creation->result);
	}
	add_bases(creation, manifest);
	return manifest;
}

int kmend_create_pack(struct kmend_creation *creation, struct kmend_error *error)
{
	_cleanup_container_ struct kmend_container *container = kmend_calloc(1, sizeof(*container));
	_cleanup_free_ char *path = NULL;
	struct stat status;
	int code = 0;

	path = creation->request->output ? kmend_strdup(creation->request->output)
					 : kmend_format("%s.kmend", creation->request->id);
	container->manifest = make_manifest(creation);
	container->diff = kmend_steal(creation->diff);
	container->diff_size = creation->diff_size;
	container->provenance = make_provenance(creation);
	container->modules = kmend_calloc(creation->nr_parts, sizeof(*container->modules));
	for (size_t i = 0; !code && i < creation->nr_parts; i++)
		code = kmend_file_read(creation->parts[i].module, KMEND_CONTAINER_MAX_MODULE,
				       &container->modules[i].data, &container->modules[i].size, error);
	if (!code)
		code = kmend_container_write(path, container, error);
	if (code)
		return code;
	for (size_t i = 0; i < creation->nr_parts; i++)
		creation->result->module_size += container->modules[i].size;
	creation->result->size = stat(path, &status) ? 0 : status.st_size;
	kmend_step_end(creation->progress, "%s, %zu bytes", path, creation->result->size);
	creation->result->path = kmend_steal(path);
	return 0;
}
