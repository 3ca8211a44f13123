// SPDX-License-Identifier: GPL-2.0
/* The steps of `kmend create`, in their order; see the table at the end. */
#include "create.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "../base/file.h"
#include "../kernel/patch.h"
#include "../reach/generated.h"
#include "internal.h"

#define DIFF_LIMIT (16 << 20)

void kmend_create_result_free(struct kmend_create_result *result)
{
	free(result->path);
	free(result->version);
	kmend_strv_free(&result->units);
	kmend_strv_free(&result->ignored);
	kmend_strv_free(&result->targets);
	for (size_t i = 0; i < result->nr_functions; i++) {
		free(result->functions[i].unit);
		free(result->functions[i].name);
		free(result->functions[i].change);
		free(result->functions[i].why);
	}
	free(result->functions);
	kmend_assessment_free(&result->assessment);
	*result = (struct kmend_create_result){ 0 };
}

static int step_kernel(struct kmend_creation *creation, struct kmend_error *error)
{
	int code = kmend_kernel_identify(&creation->request->kernel, creation->request->cache, creation->progress,
					 &creation->kernel, error);

	if (code)
		return code;
	creation->result->version = kmend_strdup(creation->kernel->version);
	kmend_step_end(creation->progress, "%s %s, %s", creation->kernel->release, creation->kernel->version,
		       creation->kernel->compiler);
	return 0;
}

static int step_tree(struct kmend_creation *creation, struct kmend_error *error)
{
	int code = kmend_tree_prepare(creation->kernel, creation->request->cache, creation->request->jobs,
				      creation->progress, &creation->tree, error);

	if (code)
		return code;
	creation->kernel = NULL;
	creation->tree->include = creation->request->include;
	kmend_step_end(creation->progress, creation->tree->cached ? "cached" : "configured as the distribution did");
	return 0;
}

static int read_diff(struct kmend_creation *creation, struct kmend_error *error)
{
	const struct kmend_create_request *request = creation->request;

	if (request->diff) {
		int code = kmend_file_read(request->diff, DIFF_LIMIT, &creation->diff, &creation->diff_size, error);

		if (!code)
			kmend_patch_drop_returns(creation->diff, &creation->diff_size);
		return code;
	}
	return kmend_diff_by_extension(request->kernel.source, request->diff_extension, &creation->diff,
				       &creation->diff_size, error);
}

/* All units of the bases are looked at again: what refers to a thing of theirs that changes must be carried along. */
static void add_base_units(struct kmend_creation *creation)
{
	struct kmend_strv *units = &creation->changes->units;

	for (size_t i = 0; creation->base && i < creation->base->units.count; i++)
		if (!kmend_strv_has(units, creation->base->units.items[i]))
			kmend_strv_add(units, creation->base->units.items[i]);
}

static int step_units(struct kmend_creation *creation, struct kmend_error *error)
{
	struct kmend_create_result *result = creation->result;
	int code = kmend_change_set_make(creation->tree, creation->base, creation->diff, creation->diff_size,
					 creation->request->scratch, &creation->changes, error);

	if (!code)
		code = kmend_change_set_reach(creation->tree, creation->changes, creation->request->jobs,
					      creation->progress, error);
	if (code)
		return code;
	for (size_t i = 0; i < creation->changes->ignored.count; i++)
		kmend_strv_add(&result->ignored, creation->changes->ignored.items[i]);
	for (size_t i = 0; i < creation->changes->units.count; i++)
		kmend_strv_add(&result->units, creation->changes->units.items[i]);
	code = kmend_create_weigh(creation, creation->changes->reasons, creation->changes->nr_reasons, error);
	if (code)
		return code;
	add_base_units(creation);
	kmend_step_end(creation->progress, "%s%s", result->units.items[0],
		       result->units.count > 1 ? " and others" : "");
	return 0;
}

static int step_compile(struct kmend_creation *creation, struct kmend_error *error)
{
	size_t fresh = 0;
	int code = kmend_units_compile(creation->tree, creation->changes, creation->request->cache,
				       creation->request->jobs, creation->progress, &creation->objects, &fresh, error);

	/* With units that were compiled for the first time kbuild has made what they include. */
	if (!code && fresh && creation->changes->shared.count)
		code = kmend_generated_judge(creation->tree, creation->changes, creation->request->jobs, true,
					     creation->progress, error);
	if (!code)
		code = kmend_create_weigh(creation, creation->changes->reasons, creation->changes->nr_reasons, error);
	if (code)
		return code;
	kmend_step_end(creation->progress, "%zu of %zu objects compiled, the others cached", fresh,
		       3 * creation->changes->units.count);
	return 0;
}

int kmend_create_read_objects(const struct kmend_unit_objects *paths, struct kmend_object **ret_objects,
			      struct kmend_error *error)
{
	const char *const names[] = { paths->run, paths->pre, paths->post };
	int code = 0;

	for (size_t i = 0; !code && i < KMEND_ARRAY_SIZE(names); i++)
		code = kmend_object_read(names[i], &ret_objects[i], error);
	for (size_t i = 0; code && i < KMEND_ARRAY_SIZE(names); i++)
		kmend_object_free(ret_objects[i]);
	return code;
}

static const char *const change_names[] = {
	[KMEND_CHANGE_CHANGED] = "changed",
	[KMEND_CHANGE_NEW] = "new",
	[KMEND_CHANGE_REMOVED] = "removed",
};

static void list_functions(struct kmend_creation *creation, const struct kmend_delta *delta)
{
	for (size_t i = 0; i < delta->nr_items; i++) {
		const struct kmend_item *item = &delta->items[i];
		struct kmend_create_function *function;

		if (!kmend_item_switches(item) &&
		    (!item->is_function || item->change == KMEND_CHANGE_SAME || item->parent))
			continue;
		function = kmend_array_add(creation->result->functions, creation->result->nr_functions);
		function->unit = kmend_strdup(delta->unit);
		function->name = kmend_strdup(item->name);
		function->change = kmend_strdup(item->is_function ? change_names[item->change] : "switched");
		function->why = kmend_strdup(item->why ? item->why : "");
	}
}

static int step_diff(struct kmend_creation *creation, struct kmend_error *error)
{
	size_t count = creation->changes->units.count;
	struct kmend_create_result *result = creation->result;

	creation->deltas = kmend_calloc(count, sizeof(struct kmend_delta *));
	for (size_t i = 0; i < count; i++) {
		const struct kmend_unit_objects *paths = &creation->objects[i];
		struct kmend_object *objects[3] = { NULL };
		int code = kmend_create_read_objects(paths, objects, error);

		if (!code)
			code = kmend_delta_make_stacked(kmend_create_base_delta(creation, paths->unit), paths->unit,
							objects[0], objects[1], objects[2], paths->how,
							&creation->deltas[i], error);
		if (code)
			return code;
		creation->nr_deltas++;
	}
	if (creation->nr_bases) {
		int code = kmend_deltas_stack(creation->deltas, creation->nr_deltas, error);

		if (code)
			return code;
	}
	for (size_t i = 0; i < creation->nr_deltas; i++)
		list_functions(creation, creation->deltas[i]);
	kmend_step_end(creation->progress, "%zu function%s: %s%s", result->nr_functions,
		       result->nr_functions == 1 ? "" : "s", result->nr_functions ? result->functions[0].name : "none",
		       result->nr_functions > 1 ? ", …" : "");
	return 0;
}

/* A step: `what` is shown while it runs; it ends itself with what came of it. */
static const struct {
	const char *name;
	const char *what;
	int (*run)(struct kmend_creation *creation, struct kmend_error *error);
} steps[] = {
	{ "kernel", "identifying the kernel build", step_kernel },
	{ "tree", "preparing the build tree", step_tree },
	{ "bases", "adding up the updates below", kmend_create_step_bases },
	{ "units", "finding the units that the diff reaches", step_units },
	{ "compile", "compiling before and after", step_compile },
	{ "diff", "comparing before and after", step_diff },
	{ "assess", "judging the change", kmend_create_judge },
	{ "link", "linking the update module", kmend_create_link },
	{ "check", "matching the module against the code", kmend_create_check },
	{ "pack", "writing the container", kmend_create_pack },
};

static int check_request(const struct kmend_create_request *request, struct kmend_error *error)
{
	static const char *const headers[] = { "kmend/abi.h", "kmend/hooks.h", "kmend/register.h" };

	if (!kmend_id_is_valid(request->id)) {
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "'%s' is no id of an update", request->id);
		kmend_advise(error, "An id has letters, digits and . _ + -, begins with a letter or digit, and has at "
				    "most 63 characters.");
		return -EINVAL;
	}
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(headers); i++) {
		_cleanup_free_ char *path = kmend_path(request->include, headers[i]);

		if (!kmend_file_exists(path)) {
			kmend_fail(error, KMEND_STATUS_FAILURE, -ENOENT, "kmend's own file %s is missing", path);
			kmend_advise(error, "Install kmend completely, or set KMEND_DATA_PATH to its data directory.");
			return -ENOENT;
		}
	}
	return 0;
}

/*
 * Children that run out of space say so in words of their own, if at all. Less than this left on any file system that
 * create writes to is taken for the reason of a failure there.
 */
#define SPACE_NEEDED (1 << 20)

static bool is_full(const char *path)
{
	struct statvfs status;

	return !statvfs(path, &status) && (unsigned long long)status.f_bavail * status.f_frsize < SPACE_NEEDED;
}

static void blame_full_disk(const struct kmend_create_request *request, struct kmend_error *error)
{
	const char *places[] = { request->cache, request->scratch };
	_cleanup_free_ char *words = NULL;

	for (size_t i = 0; error && i < KMEND_ARRAY_SIZE(places); i++) {
		if ((error->status != KMEND_STATUS_FAILURE && error->status != KMEND_STATUS_BUILD_FAILED) ||
		    !is_full(places[i]))
			continue;
		words = kmend_format("%s\n%s", error->message, error->detail);
		kmend_fail(error, KMEND_STATUS_DISK_FULL, -ENOSPC, "there is no space left in %s", places[i]);
		kmend_advise(error, "Free some space, or set XDG_CACHE_HOME and TMPDIR to directories with space.");
		kmend_detail(error, words);
		return;
	}
}

static void creation_free(struct kmend_creation *creation)
{
	kmend_create_parts_free(creation);
	for (size_t i = 0; i < creation->nr_deltas; i++)
		kmend_delta_free(creation->deltas[i]);
	free(creation->deltas);
	if (creation->changes)
		kmend_unit_objects_free(creation->objects, creation->changes->units.count);
	kmend_change_set_free(creation->changes);
	kmend_create_bases_free(creation);
	kmend_tree_free(creation->tree);
	kmend_kernel_build_free(creation->kernel);
	if (creation->exports)
		kmend_exports_free(creation->exports);
	free(creation->diff);
}

/* What a step ends with that goes no further. A verdict against an update is an answer, no failure. */
static const char *outcome(const struct kmend_error *error)
{
	static const struct {
		enum kmend_status status;
		const char *words;
	} rows[] = {
		{ KMEND_STATUS_NO_CHANGE, "no change" },
		{ KMEND_STATUS_DIFF_NOT_BUILT, "nothing for this kernel" },
		{ KMEND_STATUS_OUT_OF_SCOPE, "no hotpatch as it is" },
	};

	for (size_t i = 0; error && i < KMEND_ARRAY_SIZE(rows); i++)
		if (rows[i].status == error->status)
			return rows[i].words;
	return "failed";
}

/* The steps, up to the one named (NULL: all). */
static int run_steps(struct kmend_creation *creation, const char *last, struct kmend_error *error)
{
	int code = read_diff(creation, error);

	if (!code)
		code = kmend_assessment_waive(&creation->result->assessment, &creation->request->waivers, error);
	for (size_t i = 0; !code && i < KMEND_ARRAY_SIZE(steps); i++) {
		if (steps[i].run == kmend_create_step_bases && !creation->request->bases.count)
			continue;
		kmend_step_begin(creation->progress, steps[i].name, steps[i].what);
		code = steps[i].run(creation, error);
		if (code)
			kmend_step_end(creation->progress, "%s", outcome(error));
		else if (last && !strcmp(steps[i].name, last))
			break;
	}
	if (code)
		blame_full_disk(creation->request, error);
	return code;
}

int kmend_create(const struct kmend_create_request *request, struct kmend_progress *progress,
		 struct kmend_create_result *ret_result, struct kmend_error *error)
{
	struct kmend_creation creation = { .request = request, .progress = progress, .result = ret_result };
	int code = check_request(request, error);

	if (!code)
		code = run_steps(&creation, NULL, error);
	creation_free(&creation);
	return code;
}

int kmend_create_assess(const struct kmend_create_request *request, struct kmend_progress *progress,
			struct kmend_create_result *ret_result, struct kmend_error *error)
{
	struct kmend_creation creation = {
		.request = request, .assess_only = true, .progress = progress, .result = ret_result
	};
	int code = run_steps(&creation, "link", error);

	creation_free(&creation);
	/* A verdict is what was asked for. */
	if (code && error && error->status == KMEND_STATUS_OUT_OF_SCOPE && ret_result->assessment.nr_open) {
		*error = (struct kmend_error){ 0 };
		return 0;
	}
	return code;
}
