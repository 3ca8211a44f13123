// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs on a cluster: the changes of a plan that sit on nothing are one job array, those that sit on these the next one.
 * slurm schedules; all machines see the build's directory (and a cache of their own or a common one).
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "../base/child.h"
#include "../base/file.h"
#include "building.h"
#include "judging.h"

#define LIST_LIMIT (16 << 20)

static char *job_path(const char *directory)
{
	return kmend_path(directory, "job.json");
}

static void add_absolute(struct json_object *root, const char *name, const char *path)
{
	_cleanup_free_ char *absolute = path ? realpath(path, NULL) : NULL;

	if (absolute)
		json_object_object_add(root, name, json_object_new_string(absolute));
}

int kmend_build_write_job(const struct kmend_building *building, const struct kmend_built_kernel *kernel,
			  struct kmend_error *error)
{
	_cleanup_free_ char *path = job_path(kernel->directory);
	struct json_object *root = json_object_new_object();
	const char *text;
	int code;

	json_object_object_add(root, "release", json_object_new_string(kernel->release));
	add_absolute(root, "source", building->planning.source);
	add_absolute(root, "headers", building->planning.headers);
	text = json_object_to_json_string(root);
	code = kmend_file_write_atomic(path, text, strlen(text), 0644, error);
	json_object_put(root);
	return code;
}

static const char *member_text(struct json_object *root, const char *name)
{
	struct json_object *member;

	return json_object_object_get_ex(root, name, &member) ? json_object_get_string(member) : NULL;
}

static int run_task(const char *directory, const char *id, struct json_object *job, struct kmend_error *error)
{
	_cleanup_free_ char *plan = kmend_path(directory, "plan.json");
	_cleanup_errata_ struct kmend_errata errata = { 0 };
	struct kmend_judging judging = {
		.directory = directory,
		.release = member_text(job, "release"),
		.source = member_text(job, "source"),
		.headers = member_text(job, "headers"),
		.jobs = 1,
		.create = true,
	};
	int code = kmend_errata_read(plan, &errata, error);

	if (!code && !judging.release)
		code = kmend_fail(error, KMEND_STATUS_DAMAGED, -EINVAL, "%s is not of a build", directory);
	return code ? code : kmend_judge_one(&judging, &errata, id, error);
}

int kmend_build_task(const char *directory, const char *wave, const char *line, struct kmend_error *error)
{
	_cleanup_free_ char *ids = kmend_path(directory, wave), *path = job_path(directory), *text = NULL, *job = NULL;
	struct json_object *root = NULL;
	char *rest = NULL, *id;
	long number = strtol(line, NULL, 10);
	int code = kmend_file_read(ids, LIST_LIMIT, &text, NULL, error);

	if (!code)
		code = kmend_file_read(path, LIST_LIMIT, &job, NULL, error);
	if (code)
		return code;
	for (id = strtok_r(text, "\n", &rest); id && number-- > 0; id = strtok_r(NULL, "\n", &rest))
		;
	root = json_tokener_parse(job);
	if (!id || !root)
		code = kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "%s has no line %s", ids, line);
	else
		code = run_task(directory, id, root, error);
	json_object_put(root);
	return code;
}

/* sbatch waits for all tasks; that one of them failed is its answer, not ours. */
static int submit(const struct kmend_building *building, const struct kmend_built_kernel *kernel, const char *wave,
		  size_t count, struct kmend_error *error)
{
	_cleanup_free_ char *directory = realpath(kernel->directory, NULL);
	_cleanup_free_ char *script = kmend_format("%s/%s.sh", directory, wave);
	_cleanup_free_ char *program = realpath("/proc/self/exe", NULL);
	_cleanup_buffer_ struct kmend_buffer words = { 0 }, text = { 0 };
	_cleanup_strv_ struct kmend_strv argv = { 0 };
	struct kmend_child child = { .output = &words, .errors = &words };
	int code;

	kmend_buffer_addf(&text,
			  "#!/bin/sh\n# PROGRAM DIRECTORY WAVE; one task per change: the n-th line of %s is its id.\n"
			  "exec \"$1\" build --task \"$2\" --wave \"$3\" --line \"$SLURM_ARRAY_TASK_ID\"\n",
			  wave);
	code = kmend_file_write_atomic(script, text.data, text.size, 0755, error);
	if (code)
		return code;
	kmend_strv_add(&argv, "sbatch");
	kmend_strv_add(&argv, "--wait");
	kmend_strv_add(&argv, "--job-name=kmend-build");
	kmend_strv_addf(&argv, "--array=0-%zu", count - 1);
	kmend_strv_addf(&argv, "--output=%s/%s-%%a.log", directory, wave);
	kmend_strv_addf(&argv, "--chdir=%s", directory);
	for (const char *at = building->slurm_options; at && *at;) {
		size_t size = strcspn(at, " ");
		_cleanup_free_ char *word = kmend_strndup(at, size);

		if (size)
			kmend_strv_add(&argv, word);
		at += size + (at[size] == ' ');
	}
	kmend_strv_add(&argv, script);
	kmend_strv_add(&argv, program);
	kmend_strv_add(&argv, directory);
	kmend_strv_add(&argv, wave);
	child.argv = (const char *const *)argv.items;
	code = kmend_child_run(&child, error);
	if (code < 0)
		return code;
	if (words.data && strstr(words.data, "Submitted batch job"))
		return 0;
	kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "slurm did not take the jobs");
	kmend_detail(error, words.data ? words.data : "");
	kmend_advise(error, "Look at 'sinfo'; or leave out --slurm.");
	return -EIO;
}

int kmend_build_slurm(const struct kmend_building *building, struct kmend_built_kernel *kernel,
		      struct kmend_error *error)
{
	struct kmend_judging judging = { .directory = kernel->directory, .release = kernel->release, .create = true };
	_cleanup_free_ size_t *depths = kmend_judge_depths(&kernel->errata);
	size_t deepest = 0;
	int code = kmend_build_write_job(building, kernel, error);

	for (size_t i = 0; i < kernel->errata.nr_changes; i++)
		deepest = depths[i] > deepest ? depths[i] : deepest;
	for (size_t depth = 0; depth <= deepest && !code; depth++) {
		_cleanup_free_ char *wave = kmend_format("wave-%zu", depth);
		_cleanup_free_ char *path = kmend_path(kernel->directory, wave);
		_cleanup_buffer_ struct kmend_buffer ids = { 0 };
		size_t count = 0;

		kmend_judge_collect(&judging, &kernel->errata);
		for (size_t i = 0; i < kernel->errata.nr_changes; i++) {
			const struct kmend_piece *change = &kernel->errata.changes[i];

			if (*change->diff && change->verdict == KMEND_CHANGE_UNKNOWN && depths[i] == depth) {
				kmend_buffer_addf(&ids, "%s\n", change->id);
				count++;
			}
		}
		if (!count)
			continue;
		kmend_step_update(building->progress, wave, depth, deepest + 1);
		code = kmend_file_write_atomic(path, ids.data, ids.size, 0644, error);
		if (!code)
			code = submit(building, kernel, wave, count, error);
	}
	return code;
}
