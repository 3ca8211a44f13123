// SPDX-License-Identifier: GPL-2.0
/*
 * Settings × updates. One guest serves many updates; one that fails in a guest that others have used before is tried
 * again in a guest of its own, and that result counts. After a failure the next update gets a fresh guest.
 */
#include "verify.h"

#include <errno.h>
#include <string.h>

#include "../base/file.h"
#include "internal.h"

#include "guest/wire.h"

#define BASE_MEMORY 768 /* MiB, beside the initramfs (which is there twice while it is unpacked) */

struct run {
	const struct kmend_verify_request *request;
	struct kmend_progress *progress;
	struct kmend_subject *subjects; /* those to be tried, then the bases */
	size_t nr_bases;
	struct kmend_trial *trials; /* nr_files × nr_settings, those of a file together */
	struct kmend_verify_materials materials;
	struct kmend_guest *guest;
	size_t served; /* updates that the guest has seen */
	size_t failed;
};

static const char *file_of(const struct run *run, size_t i)
{
	const struct kmend_verify_request *request = run->request;

	return i < request->nr_files ? request->files[i] : request->bases->items[i - request->nr_files];
}

/* What an update sits on must be there, or the kernel would only say that it is missing. */
static int check_bases(const struct run *run, const struct kmend_manifest *manifest, struct kmend_error *error)
{
	size_t first = run->request->nr_files;

	for (size_t i = 0; i < manifest->nr_bases; i++) {
		bool found = false;

		for (size_t j = first; j < first + run->nr_bases; j++)
			found |= !strcmp(run->subjects[j].container->manifest->id, manifest->bases[i].id);
		if (found)
			continue;
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "the update %s sits on %s, which is not given",
			   manifest->id, manifest->bases[i].id);
		kmend_advise(error, "Give the containers of what it sits on by --base, the lowest first.");
		return -EINVAL;
	}
	return 0;
}

static int read_subjects(struct run *run, struct kmend_error *error)
{
	const struct kmend_manifest *first = NULL, *manifest;
	size_t count = run->request->nr_files + run->nr_bases;
	int code = 0;

	for (size_t i = 0; i < count && !code; i++) {
		code = kmend_subject_read(file_of(run, i), i, &run->subjects[i], error);
		if (code)
			return code;
		manifest = run->subjects[i].container->manifest;
		first = run->subjects[0].container->manifest;
		if (strcmp(manifest->release, first->release) || strcmp(manifest->version, first->version))
			return kmend_fail(error, KMEND_STATUS_OTHER_KERNEL, -EXDEV,
					  "%s is for the kernel %s (%s), %s for %s (%s)", file_of(run, i),
					  manifest->release, manifest->version, file_of(run, 0), first->release,
					  first->version);
	}
	for (size_t i = 0; i < count && !code; i++)
		code = check_bases(run, run->subjects[i].container->manifest, error);
	return code;
}

/* What the updates sit on is in force all the time. */
static int apply_bases(struct run *run, const struct kmend_verify_setting *setting, struct kmend_error *error)
{
	int code = 0;

	for (size_t i = 0; i < run->nr_bases && !code; i++) {
		struct kmend_trial trial = { .request = run->request,
					     .setting = setting,
					     .subject = &run->subjects[run->request->nr_files + i],
					     .guest = run->guest };

		kmend_trial_apply(&trial);
		if (!trial.passed)
			code = kmend_fail(error, KMEND_STATUS_VERIFY_FAILED, -EIO,
					  "%s, on which others sit, failed at %s: %s",
					  file_of(run, run->request->nr_files + i), trial.step, trial.problem);
		kmend_trial_clear(&trial);
	}
	return code;
}

static void end_guest(struct run *run)
{
	kmend_guest_down(run->guest);
	run->guest = NULL;
}

/* Boot, and load kmend.ko. An error is of the setting as a whole. */
static int boot(struct run *run, const struct kmend_verify_setting *setting, struct kmend_error *error)
{
	const struct kmend_guest_plan plan = {
		.qemu = run->request->qemu,
		.vmlinuz = run->materials.vmlinuz,
		.initramfs = run->materials.initramfs,
		.append = run->request->append,
		.directory = run->request->scratch,
		.memory = BASE_MEMORY + 3 * (run->materials.initramfs_size >> 20),
		.timeout = run->request->timeout,
		.setting = setting,
	};
	long answer;
	int code;

	kmend_step_update(run->progress, "booting", 0, 0);
	run->served = 0;
	code = kmend_guest_boot(&plan, &run->guest, error);
	if (code)
		return code;
	code = kmend_guest_ask(run->guest, &answer, NULL, "insert", KMEND_GUEST_KO, NULL);
	if (!code && !answer) {
		code = apply_bases(run, setting, error);
		if (code)
			end_guest(run);
		return code;
	}
	end_guest(run);
	return kmend_fail(error, KMEND_STATUS_NO_MODULE, -ENOEXEC,
			  "kmend.ko does not load on %s with the setting %s: %s", run->materials.kernel->release,
			  setting->name, strerror(-(code ? code : (int)answer)));
}

/* One try. Returns whether it is final. */
static bool try_once(struct run *run, struct kmend_subject *subject, struct kmend_trial *trial)
{
	struct kmend_error error = { 0 };

	/* A busy host may be too slow for once. */
	if (!run->guest && boot(run, trial->setting, &error) && boot(run, trial->setting, &error)) {
		trial->step = "boot";
		trial->problem = kmend_strdup(error.message);
		return true;
	}
	trial->guest = run->guest;
	trial->alone = run->served++ == 0;
	kmend_trial_run(trial);
	if (trial->passed)
		return true;
	if (trial->alone && trial->down && !strcmp(trial->step, "targets")) {
		subject->keep_targets_out = true;
		trial->alone = false; /* not the update's fault: once more without them */
	}
	end_guest(run);
	return trial->alone;
}

static void try_subject(struct run *run, struct kmend_subject *subject, struct kmend_trial *trial)
{
	const struct kmend_verify_setting *setting = trial->setting;

	for (int tries = 0; tries < 3 && !try_once(run, subject, trial); tries++) {
		struct kmend_trial again = { .request = run->request, .setting = setting, .subject = subject };

		again.shared = trial->shared ? kmend_steal(trial->shared) : kmend_steal(trial->problem);
		kmend_trial_clear(trial);
		*trial = again;
	}
	trial->guest = NULL;
}

/* Put the result into the container, under its own name in it. */
static int record(struct run *run, size_t index, struct json_object *result, struct kmend_error *error)
{
	struct kmend_container *container = run->subjects[index].container;

	free(container->verification);
	container->verification =
		kmend_format("%s\n", json_object_to_json_string_ext(result, JSON_C_TO_STRING_PRETTY |
										    JSON_C_TO_STRING_NOSLASHESCAPE));
	return kmend_container_write(run->request->files[index], container, error);
}

static int finish_subject(struct run *run, size_t index, struct kmend_error *error)
{
	const struct kmend_verify_request *request = run->request;
	const struct kmend_trial *trials = &run->trials[index * request->nr_settings];
	struct json_object *result = kmend_subject_json(&run->subjects[index], trials, request->nr_settings);
	bool passed = true;
	int code = 0;

	for (size_t i = 0; i < request->nr_settings; i++)
		passed &= trials[i].passed;
	run->failed += !passed;
	if (request->record)
		code = record(run, index, result, error);
	if (request->done)
		request->done(request->context, request->files[index], passed, result);
	json_object_put(result);
	return code;
}

static int try_setting(struct run *run, size_t number, struct kmend_error *error)
{
	const struct kmend_verify_request *request = run->request;
	size_t failed = 0;
	int code = 0;

	for (size_t i = 0; i < request->nr_files && !code; i++) {
		struct kmend_trial *trial = &run->trials[i * request->nr_settings + number];

		kmend_step_update(run->progress, run->subjects[i].container->manifest->id, i, request->nr_files);
		*trial = (struct kmend_trial){ .request = request,
					       .setting = request->settings[number],
					       .subject = &run->subjects[i] };
		try_subject(run, &run->subjects[i], trial);
		failed += !trial->passed;
		if (number + 1 == request->nr_settings)
			code = finish_subject(run, i, error);
	}
	end_guest(run);
	if (failed)
		kmend_step_end(run->progress, "%s: %zu of %zu failed", request->settings[number]->name, failed,
			       request->nr_files);
	else
		kmend_step_end(run->progress, "%s: applied and reversed, the kernel did not complain",
			       request->settings[number]->name);
	return code;
}

static int try_all(struct run *run, struct kmend_error *error)
{
	const struct kmend_verify_request *request = run->request;
	int code = 0;

	/* So that a machine without QEMU is told at once, and no result is made of it. */
	kmend_step_begin(run->progress, "boot", request->settings[0]->name);
	code = boot(run, request->settings[0], error);
	if (code) {
		kmend_step_fail(run->progress);
		return code;
	}
	kmend_step_end(run->progress, "%s", run->materials.kernel->release);
	for (size_t i = 0; i < request->nr_settings && !code; i++) {
		kmend_step_begin(run->progress, "verify", request->settings[i]->name);
		code = try_setting(run, i, error);
	}
	if (code || !run->failed)
		return code;
	kmend_fail(error, KMEND_STATUS_VERIFY_FAILED, -EIO, "%zu of %zu update%s did not pass", run->failed,
		   request->nr_files, request->nr_files == 1 ? "" : "s");
	kmend_advise(error, "Do not publish an update that did not pass; its result says what happened.");
	return -EIO;
}

int kmend_verify(const struct kmend_verify_request *request, struct kmend_progress *progress, struct kmend_error *error)
{
	struct run run = { .request = request, .progress = progress };
	const struct kmend_manifest *manifest;
	int code;

	/* What can be told at once is told before anything is downloaded. */
	code = kmend_guest_check_qemu(request->qemu, error);
	if (!code && request->module && !kmend_file_exists(request->module))
		code = kmend_fail(error, KMEND_STATUS_NO_MODULE, -ENOENT, "there is no file %s", request->module);
	if (code)
		return code;
	run.nr_bases = request->bases ? request->bases->count : 0;
	run.subjects = kmend_calloc(request->nr_files + run.nr_bases, sizeof(*run.subjects));
	run.trials = kmend_calloc(request->nr_files * request->nr_settings, sizeof(*run.trials));
	code = read_subjects(&run, error);
	if (!code) {
		manifest = run.subjects[0].container->manifest;
		code = kmend_verify_materials_get(request, manifest->release, manifest->version, progress,
						  &run.materials, error);
	}
	if (!code)
		code = kmend_verify_materials_pack(request, run.subjects, request->nr_files + run.nr_bases,
						   &run.materials, error);
	if (!code)
		code = try_all(&run, error);
	end_guest(&run);
	for (size_t i = 0; i < request->nr_files * request->nr_settings; i++)
		kmend_trial_clear(&run.trials[i]);
	for (size_t i = 0; i < request->nr_files + run.nr_bases; i++)
		kmend_subject_clear(&run.subjects[i]);
	free(run.trials);
	free(run.subjects);
	kmend_verify_materials_clear(&run.materials);
	return code;
}
