// SPDX-License-Identifier: GPL-2.0
/* The parts of an update: one update module for each target. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../kernel/classify.h"
#include "../link/check.h"
#include "internal.h"

static struct kmend_part *part_of(struct kmend_creation *creation, const char *target)
{
	struct kmend_part *part;

	for (size_t i = 0; i < creation->nr_parts; i++)
		if (!strcmp(creation->parts[i].target, target))
			return &creation->parts[i];
	part = kmend_array_add(creation->parts, creation->nr_parts);
	part->target = kmend_strdup(target);
	return part;
}

/* vmlinux first: what the others refer to may be new in it. */
static int compare_parts(const void *a, const void *b)
{
	const struct kmend_part *left = a, *right = b;
	bool left_is_kernel = !strcmp(left->target, "vmlinux"), right_is_kernel = !strcmp(right->target, "vmlinux");

	return left_is_kernel != right_is_kernel ? right_is_kernel - left_is_kernel
						 : strcmp(left->target, right->target);
}

/* Units that are there only to tell where something is make no part by themselves. */
static void drop_idle_parts(struct kmend_creation *creation)
{
	size_t kept = 0;

	for (size_t i = 0; i < creation->nr_parts; i++) {
		struct kmend_part *part = &creation->parts[i];
		bool is_changed = false;

		for (size_t j = 0; j < part->nr_deltas; j++)
			is_changed |= kmend_delta_is_changed(part->deltas[j]);
		if (is_changed) {
			creation->parts[kept++] = *part;
			continue;
		}
		free(part->target);
		free(part->deltas);
	}
	creation->nr_parts = kept;
}

int kmend_create_parts(struct kmend_creation *creation, struct kmend_error *error)
{
	_cleanup_free_ struct kmend_strv *targets = kmend_calloc(creation->nr_deltas + 1, sizeof(*targets));
	_cleanup_strv_ struct kmend_strv units = { 0 };
	int code;

	for (size_t i = 0; i < creation->nr_deltas; i++)
		kmend_strv_add(&units, creation->deltas[i]->unit);
	code = kmend_units_targets(creation->tree, &units, targets, error);
	for (size_t i = 0; i < creation->nr_deltas; i++) {
		for (size_t j = 0; !code && j < targets[i].count; j++) {
			struct kmend_part *part = part_of(creation, targets[i].items[j]);

			*kmend_array_add(part->deltas, part->nr_deltas) = creation->deltas[i];
		}
		kmend_strv_free(&targets[i]);
	}
	if (code)
		return code;
	drop_idle_parts(creation);
	qsort(creation->parts, creation->nr_parts, sizeof(*creation->parts), compare_parts);
	for (size_t i = 0; i < creation->nr_parts; i++)
		kmend_strv_add(&creation->result->targets, creation->parts[i].target);
	return 0;
}

/* Does the unit export this now, and did not before? The macros of older kernels, then those of newer ones. */
static const char *new_export(const struct kmend_delta *delta, const struct kmend_object_symbol *symbol)
{
	static const char *const prefixes[] = { "__ksymtab_", "__export_symbol_" };

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(prefixes); i++)
		if (symbol->section && kmend_starts_with(symbol->name, prefixes[i]) &&
		    !kmend_object_symbol(delta->pre, symbol->name))
			return symbol->name + strlen(prefixes[i]);
	return NULL;
}

int kmend_create_imports(struct kmend_creation *creation, struct kmend_error *error)
{
	for (size_t i = 0; i < creation->nr_deltas; i++) {
		const struct kmend_delta *delta = creation->deltas[i];
		_cleanup_strv_ struct kmend_strv units = { 0 }, targets = { 0 };

		for (size_t j = 0; j < delta->post->nr_symbols; j++) {
			const char *name = new_export(delta, &delta->post->symbols[j]);
			struct kmend_link_import *import;
			int code;

			if (!name)
				continue;
			if (!units.count) {
				kmend_strv_add(&units, delta->unit);
				code = kmend_units_targets(creation->tree, &units, &targets, error);
				if (code)
					return code;
			}
			if (!targets.count)
				continue;
			import = kmend_array_add(creation->imports, creation->nr_imports);
			import->name = kmend_strdup(name);
			import->owner = kmend_strdup(targets.items[0]);
		}
	}
	return 0;
}

void kmend_create_parts_free(struct kmend_creation *creation)
{
	for (size_t i = 0; i < creation->nr_imports; i++) {
		free(creation->imports[i].name);
		free(creation->imports[i].owner);
	}
	free(creation->imports);
	for (size_t i = 0; i < creation->nr_parts; i++) {
		free(creation->parts[i].target);
		free(creation->parts[i].deltas);
		kmend_link_result_free(&creation->parts[i].link);
		free(creation->parts[i].module);
	}
	free(creation->parts);
}

static struct kmend_link_input link_input(const struct kmend_creation *creation, size_t place)
{
	const struct kmend_part *part = &creation->parts[place];

	return (struct kmend_link_input){
		.id = creation->request->id ? creation->request->id : "assess",
		.description = creation->request->description ? creation->request->description : "",
		.release = creation->tree->kernel->release,
		.version = creation->tree->kernel->version,
		.target = part->target,
		.part = place,
		.nr_parts = creation->nr_parts,
		.deltas = part->deltas,
		.nr_deltas = part->nr_deltas,
		.all_deltas = creation->deltas,
		.nr_all_deltas = creation->nr_deltas,
		.exports = creation->exports,
		.imports = creation->imports,
		.nr_imports = creation->nr_imports,
		.bases = creation->link_bases,
		.nr_bases = creation->nr_bases,
		.base_deltas = creation->base_deltas,
		.nr_base_deltas = creation->nr_base_deltas,
		.flags = creation->flags,
		.replaces = &creation->request->replaces,
	};
}

static bool never_leaves(const struct kmend_assessment *assessment)
{
	for (size_t i = 0; i < assessment->nr_findings; i++)
		if (!strcmp(assessment->findings[i].reason.code, "never-leaves"))
			return true;
	return false;
}

/* Which engine: what the author says; else by the verdict, if it can be had. */
static int choose_engine(struct kmend_creation *creation, struct kmend_error *error)
{
	const struct kmend_create_request *request = creation->request;
	bool wanted = request->engine == KMEND_CREATE_ENGINE_GRADUAL || request->may_be_gradual;
	bool gradual = request->engine == KMEND_CREATE_ENGINE_GRADUAL ||
		       (request->engine == KMEND_CREATE_ENGINE_VERDICT && never_leaves(&creation->result->assessment));
	const char *obstacle = NULL;

	for (size_t i = 0; i < creation->nr_parts && !obstacle; i++)
		obstacle = creation->parts[i].link.not_gradual;
	if (obstacle && wanted) {
		kmend_fail(error, KMEND_STATUS_OUT_OF_SCOPE, -EOPNOTSUPP,
			   "the update cannot be switched task by task: %s", obstacle);
		kmend_advise(error, "Make it for the engine 'stop'.");
		return -EOPNOTSUPP;
	}
	if (!obstacle && gradual)
		creation->flags |= KMEND_UPDATE_GRADUAL;
	if (request->may_be_gradual)
		creation->flags |= KMEND_UPDATE_MAY_BE_GRADUAL;
	return 0;
}

static char *object_path(const struct kmend_creation *creation, size_t place)
{
	return kmend_format("%s/update-%zu.o", creation->request->scratch, place);
}

/* Link one part's object; `escapes`: say that of the whole update. */
static int link_part(struct kmend_creation *creation, size_t place, bool escapes, struct kmend_error *error)
{
	struct kmend_part *part = &creation->parts[place];
	struct kmend_link_input input = link_input(creation, place);
	_cleanup_free_ char *object = object_path(creation, place);

	kmend_link_result_free(&part->link);
	part->link = (struct kmend_link_result){ 0 };
	input.escapes = escapes;
	/* For tests: more code to be matched than the update needs (tests/vm/matrix). */
	input.matches_all = secure_getenv("KMEND_TEST_MATCH_ALL") != NULL;
	return kmend_link_object(&input, object, &part->link, error);
}

/* All parts say the same of the update, so what one is found to do, the others are told. */
static int link_parts(struct kmend_creation *creation, struct kmend_error *error)
{
	static const struct kmend_reason nothing_replaced = { "nothing-replaced",
							      (char *)"no function that runs now is changed" };
	bool escapes = false, replaces = false;
	int code = 0;

	for (size_t i = 0; i < creation->nr_parts && !code; i++) {
		code = link_part(creation, i, false, error);
		escapes |= creation->parts[i].link.escapes;
		replaces |= creation->parts[i].link.replaces;
		if (code)
			break;
		kmend_assessment_add(&creation->result->assessment, creation->parts[i].link.reasons,
				     creation->parts[i].link.nr_reasons);
		kmend_assessment_add(&creation->result->assessment, creation->parts[i].link.notes,
				     creation->parts[i].link.nr_notes);
	}
	if (!code && !replaces)
		kmend_assessment_add(&creation->result->assessment, &nothing_replaced, 1);
	if (!code)
		code = kmend_create_judge_outside(creation, error);
	if (!code)
		code = kmend_create_weigh(creation, NULL, 0, error);
	if (!code)
		code = choose_engine(creation, error);
	for (size_t i = 0; i < creation->nr_parts && !code; i++)
		if (creation->flags || escapes != creation->parts[i].link.escapes)
			code = link_part(creation, i, escapes, error);
	return code;
}

static int build_part(struct kmend_creation *creation, size_t place, struct kmend_error *error)
{
	struct kmend_part *part = &creation->parts[place];
	struct kmend_link_input input = link_input(creation, place);
	_cleanup_free_ char *object = object_path(creation, place);
	_cleanup_free_ char *directory = kmend_format("%s/module-%zu", creation->request->scratch, place);

	kmend_step_update(creation->progress, "building the update module", place + 1, creation->nr_parts);
	return kmend_link_module(&input, &part->link, object, creation->tree->build, creation->tree->make_arguments,
				 directory, creation->request->include, &part->module, error);
}

int kmend_create_link(struct kmend_creation *creation, struct kmend_error *error)
{
	_cleanup_free_ char *symvers = kmend_path(creation->tree->build, "Module.symvers");
	int code = kmend_exports_read(symvers, &creation->exports, error);

	if (!code)
		code = link_parts(creation, error);
	if (!code && creation->assess_only) {
		kmend_step_end(creation->progress, "can be linked");
		return 0;
	}
	for (size_t i = 0; i < creation->nr_parts && !code; i++)
		code = build_part(creation, i, error);
	if (!code)
		kmend_step_end(creation->progress, "%s%s", strrchr(creation->parts[0].module, '/') + 1,
			       creation->nr_parts > 1 ? " and others" : "");
	return code;
}

int kmend_create_check(struct kmend_creation *creation, struct kmend_error *error)
{
	int code = 0;

	for (size_t i = 0; i < creation->nr_parts && !code; i++)
		code = kmend_check_module(creation->parts[i].module, creation->parts[i].deltas,
					  creation->parts[i].nr_deltas, error);
	if (!code)
		kmend_step_end(creation->progress, "matches the code it was built from, in every form");
	return code;
}
