// SPDX-License-Identifier: GPL-2.0
/* Making the kernel follow what is installed: each update's condition names what mends it. */
#include <errno.h>
#include <string.h>

#include "situation.h"
#include "together.h"

KMEND_DEFINE_GUARD(struct kmend_record *, kmend_record_free, record_guard);
#define _cleanup_record_ _cleanup_(record_guard)

static const char *const action_names[] = {
	[KMEND_ACTION_NONE] = "none",	  [KMEND_ACTION_APPLY] = "apply",   [KMEND_ACTION_UNDO] = "undo",
	[KMEND_ACTION_UNLOAD] = "unload", [KMEND_ACTION_RECORD] = "record",
};

const char *kmend_action_name(enum kmend_action action)
{
	return action_names[action];
}

void kmend_step_list_clear(struct kmend_step_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		kmend_result_clear(&list->items[i].result);
	free(list->items);
	*list = (struct kmend_step_list){ 0 };
}

static int do_apply(const struct kmend_machine *machine, const struct kmend_situation *situation,
		    const struct kmend_apply_options *options, struct kmend_step *step)
{
	_cleanup_material_ struct kmend_material *material = NULL;
	int code = kmend_material_installed(situation->installed, &material, &step->error);

	return code ? code : kmend_apply(machine, material, options, &step->result, &step->error);
}

/* Bring the record to what the kernel says; the record itself is never a reason to touch the kernel. */
static int do_record(const struct kmend_machine *machine, const struct kmend_situation *situation,
		     struct kmend_step *step)
{
	const struct kmend_record *old = situation->record;
	const struct kmend_installed *installed = situation->installed;
	bool live = situation->live && situation->live->state == KMEND_STATE_APPLIED;
	bool this_boot = old && !strcmp(old->boot_id, machine->boot_id);
	_cleanup_free_ char *package = NULL;
	_cleanup_record_ struct kmend_record *record = NULL;

	if (!live && !old)
		return 0;
	package = installed ? kmend_package_name(installed->release, installed->id)
			    : kmend_strdup(old ? old->package : "");
	record = kmend_record_of(machine, situation->id,
				 old				    ? old->version
				 : installed && installed->manifest ? installed->manifest->version
								    : "",
				 live ? &situation->live->modules : &old->modules, old ? old->digest : "", package);
	if (installed && installed->manifest && (live || !old)) {
		char digest[KMEND_SHA256_HEX];

		kmend_manifest_digest(installed->manifest, digest);
		free(record->digest);
		record->digest = kmend_strdup(digest);
	}
	/* What a former boot did stays its own. */
	if (!live && !this_boot) {
		free(record->boot_id);
		record->boot_id = kmend_strdup(old->boot_id);
	}
	record->attempts = old ? old->attempts : 0;
	record->pause_ns = live ? situation->live->pause_ns : old->pause_ns;
	step->result.outcome = live ? KMEND_OUTCOME_ALREADY_APPLIED : KMEND_OUTCOME_NOT_APPLIED;
	return kmend_record_set(machine, record, live ? KMEND_RECORD_APPLIED : KMEND_RECORD_REVERSED,
				live				      ? NULL
				: !this_boot			      ? "rebooted"
				: old->state == KMEND_RECORD_APPLYING ? "interrupted"
								      : NULL,
				&step->error);
}

static void take_step(const struct kmend_machine *machine, const struct kmend_situation *situation,
		      const struct kmend_apply_options *options, struct kmend_step *step)
{
	int code = 0;

	switch (step->action) {
	case KMEND_ACTION_NONE:
		break;
	case KMEND_ACTION_APPLY:
		code = do_apply(machine, situation, options, step);
		break;
	case KMEND_ACTION_UNDO:
		code = kmend_undo(machine, situation->id, true, options, &step->result, &step->error);
		break;
	case KMEND_ACTION_UNLOAD:
		code = kmend_unload(machine, situation->id, &step->error);
		if (!code)
			code = do_record(machine, situation, step);
		kmend_unload_if_unused(machine);
		break;
	case KMEND_ACTION_RECORD:
		code = do_record(machine, situation, step);
		break;
	}
	if (code && step->error.status == KMEND_STATUS_OK)
		kmend_fail_errno(&step->error, code, "cannot put %s right", situation->id);
}

static void add_step(const struct kmend_machine *machine, const struct kmend_situation *situation,
		     const struct kmend_apply_options *options, struct kmend_step_list *steps)
{
	struct kmend_step *step = kmend_array_add(steps->items, steps->count);

	step->condition = situation->condition;
	step->action = kmend_condition_row(situation->condition)->action;
	step->result.id = kmend_strdup(situation->id);
	step->result.outcome = options->dry_run ? KMEND_OUTCOME_SKIPPED : KMEND_OUTCOME_FAILED;
	if (!options->dry_run)
		take_step(machine, situation, options, step);
}

/* Not in the kernel at all yet, and to be switched by the stop, so that they may be switched together. */
static bool is_fresh(const struct kmend_situation *situation)
{
	const struct kmend_installed *installed = situation->installed;

	return kmend_condition_row(situation->condition)->action == KMEND_ACTION_APPLY && !situation->live &&
	       situation->condition != KMEND_CONDITION_PENDING && installed && installed->manifest &&
	       strcmp(installed->manifest->engine, "gradual");
}

static struct kmend_step *note_together(const struct kmend_situation *situation, struct kmend_result *result,
					struct kmend_step_list *steps)
{
	struct kmend_step *step = kmend_array_add(steps->items, steps->count);

	step->condition = situation->condition;
	step->action = KMEND_ACTION_APPLY;
	step->result = *result;
	*result = (struct kmend_result){ 0 };
	return step;
}

/*
 * All that is to be applied, in one stop: one pause, and no moment with only some of them. If that fails, whoever is in
 * the way is found one by one. Returns whether it is done.
 */
static bool apply_together(const struct kmend_machine *machine, struct kmend_picture *picture,
			   const struct kmend_apply_options *options, struct kmend_step_list *steps)
{
	struct kmend_material *materials[KMEND_MOST_TOGETHER] = { NULL };
	struct kmend_result results[KMEND_MOST_TOGETHER] = { { 0 } };
	const struct kmend_situation *situations[KMEND_MOST_TOGETHER];
	size_t count = 0;
	int code = 0;

	for (size_t i = 0; i < picture->count && count < KMEND_MOST_TOGETHER && !code; i++)
		if (is_fresh(&picture->items[i])) {
			situations[count] = &picture->items[i];
			code = kmend_material_installed(picture->items[i].installed, &materials[count], NULL);
			if (!code)
				count++;
		}
	if (!code && count > 1) {
		kmend_step_begin(options->progress, "switch", "stopping the machine once for all");
		code = kmend_apply_together(machine, materials, count, results, NULL);
		if (code)
			kmend_step_fail(options->progress);
		else
			kmend_step_end(options->progress, "%zu updates in one stop, pause %.3f ms", count,
				       results[0].pause_ns / 1e6);
	} else {
		code = -ENOENT;
	}
	for (size_t i = 0; i < count; i++) {
		if (!code)
			note_together(situations[i], &results[i], steps);
		kmend_result_clear(&results[i]);
		kmend_material_free(materials[i]);
	}
	return !code;
}

/* Directories of containers whose apply was killed. Safe: the caller holds the lock, so nobody uses one. */
static void remove_leftovers(const struct kmend_machine *machine)
{
	_cleanup_closedir_ DIR *dir = opendir(machine->paths.run);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		_cleanup_free_ char *path = kmend_path(machine->paths.run, entry->d_name);

		if (kmend_starts_with(entry->d_name, "container."))
			kmend_remove_tree(path, NULL);
	}
}

static bool is_done(const struct kmend_step_list *steps, const char *id)
{
	for (size_t i = 0; i < steps->count; i++)
		if (steps->items[i].result.id && !strcmp(steps->items[i].result.id, id))
			return true;
	return false;
}

/* Told to end: what is left is done by the next run. */
static bool is_cancelled(const struct kmend_apply_options *options)
{
	return options->cancel && *options->cancel;
}

int kmend_reconcile(const struct kmend_machine *machine, const struct kmend_apply_options *options,
		    struct kmend_step_list *ret_steps, struct kmend_error *error)
{
	_cleanup_picture_ struct kmend_picture picture = { 0 };
	_cleanup_strv_ struct kmend_strv applied = { 0 };
	bool together;
	int code = kmend_picture_take(machine, &picture, error);

	if (!code)
		code = kmend_live_applied(machine, &applied, error);
	if (code)
		return code;
	if (!options->dry_run)
		remove_leftovers(machine);
	for (size_t i = 0; i < applied.count && !is_cancelled(options); i++) {
		struct kmend_situation *situation = kmend_picture_find(&picture, applied.items[i]);

		if (situation && kmend_condition_row((situation)->condition)->action == KMEND_ACTION_UNDO)
			add_step(machine, situation, options, ret_steps);
	}
	together = !options->dry_run && options->engine != KMEND_CHOICE_GRADUAL && !is_cancelled(options) &&
		   machine->is_real && apply_together(machine, &picture, options, ret_steps);
	for (size_t i = 0; i < picture.count && !is_cancelled(options); i++) {
		enum kmend_action action = kmend_condition_row((&picture.items[i])->condition)->action;

		if (together && is_fresh(&picture.items[i]) && is_done(ret_steps, picture.items[i].id))
			continue;
		if (action != KMEND_ACTION_NONE && action != KMEND_ACTION_UNDO)
			add_step(machine, &picture.items[i], options, ret_steps);
	}
	return 0;
}
