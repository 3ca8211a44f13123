// SPDX-License-Identifier: GPL-2.0
/* Applying, step by step; apply.h has the table of what a crash leaves at each place. */
#include "apply.h"

#include <errno.h>
#include <string.h>

#include "bases.h"
#include "module.h"
#include "refusal.h"
#include "switch.h"
#include "trial.h"

KMEND_DEFINE_GUARD(struct kmend_record *, kmend_record_free, record_guard);
#define _cleanup_record_ _cleanup_(record_guard)

static int check_kernel(const struct kmend_machine *machine, const struct kmend_manifest *manifest,
			struct kmend_error *error)
{
	if (kmend_machine_runs(machine, manifest->release, manifest->version))
		return 0;
	kmend_fail(error, KMEND_STATUS_OTHER_KERNEL, -EXDEV,
		   "the update %s is for the kernel %s, version %s; the running one is %s (%s)", manifest->id,
		   manifest->release, manifest->version, machine->release, machine->version);
	kmend_advise(error, "Use the update made for the running kernel.");
	return -EXDEV;
}

/* Is what is loaded under this id this very build? The kernel's word first, the record's else. */
static bool is_same_build(const struct kmend_machine *machine, const struct kmend_material *material,
			  const struct kmend_live *live)
{
	_cleanup_record_ struct kmend_record *record = NULL;
	int same = kmend_material_is_loaded(machine, material, &live->modules);
	char digest[KMEND_SHA256_HEX];

	if (same >= 0)
		return same;
	if (kmend_record_read(machine->paths.record, live->id, &record, NULL))
		return false;
	kmend_manifest_digest(material->manifest, digest);
	return !strcmp(record->boot_id, machine->boot_id) && !strcmp(record->digest, digest);
}

/* Make room: what is in the kernel under this id already. *ret_done: nothing is left to do, *ret_reuse: it is loaded. */
static int clear_way(const struct kmend_machine *machine, const struct kmend_material *material,
		     const struct kmend_apply_options *options, struct kmend_result *result, bool *ret_done,
		     bool *ret_reuse, struct kmend_error *error)
{
	const char *id = material->manifest->id;
	_cleanup_live_ struct kmend_live *live = NULL;
	struct kmend_result undone = { 0 };
	int code = kmend_live_read(machine, id, &live, error);

	if (code)
		return code == -ENOENT ? 0 : code;
	if (live->state == KMEND_STATE_READY && kmend_live_must_stay(live)) {
		*ret_reuse = is_same_build(machine, material, live);
		return *ret_reuse ? 0 : kmend_fail_refused(error, "cannot apply", "stays_loaded");
	}
	if (!kmend_live_is_in_force(live))
		return kmend_unload(machine, id, error);
	if (kmend_live_is_under_way(live) && is_same_build(machine, material, live)) {
		*ret_reuse = true;
		return 0;
	}
	if (is_same_build(machine, material, live)) {
		result->outcome = KMEND_OUTCOME_ALREADY_APPLIED;
		result->pause_ns = live->pause_ns;
		*ret_done = true;
		return 0;
	}
	if (!options->replace) {
		kmend_fail(error, KMEND_STATUS_DUPLICATE_ID, -EEXIST, "another build of the update %s is in force", id);
		kmend_advise(error, "Undo it first: kmend undo %s", id);
		return -EEXIST;
	}
	if (options->dry_run) {
		result->outcome = KMEND_OUTCOME_CHECKED;
		*ret_done = true;
		return 0;
	}
	code = kmend_bases_undo_above(machine, id, options, error);
	if (!code)
		code = kmend_undo(machine, id, true, options, &undone, error);
	kmend_result_clear(&undone);
	return code;
}

/* Bring the record up to a kernel that already has the update. */
static int confirm(const struct kmend_machine *machine, const struct kmend_material *material, struct kmend_record *now,
		   struct kmend_error *error)
{
	_cleanup_record_ struct kmend_record *old = NULL;

	if (!kmend_record_read(machine->paths.record, material->manifest->id, &old, NULL) &&
	    old->state == KMEND_RECORD_APPLIED && !strcmp(old->boot_id, machine->boot_id) &&
	    !strcmp(old->package, now->package) && !strcmp(old->digest, now->digest))
		return 0;
	return kmend_record_set(machine, now, KMEND_RECORD_APPLIED, NULL, error);
}

static int load_update(const struct kmend_machine *machine, const struct kmend_material *material,
		       struct kmend_result *result, struct kmend_error *error)
{
	_cleanup_live_ struct kmend_live *live = NULL;
	_cleanup_free_ char *what = NULL;
	bool by_loader;
	int code = 0;

	/* All parts: those whose target is not there wait in the kernel for it. */
	for (size_t i = 0; i < material->paths.count && !code; i++)
		code = kmend_module_insert(machine, material->paths.items[i]);
	if (!code)
		return 0;
	/* The loader looks at the signature before anything of kmend does, so a refusal in sysfs would be an old one. */
	by_loader = code == -EKEYREJECTED || code == -ENOKEY || code == -EBADMSG || code == -ENOENT;
	if (!by_loader && !kmend_live_read(machine, material->manifest->id, &live, NULL) && *live->refusal)
		result->refusal = kmend_strdup(live->refusal);
	else
		result->refusal = kmend_refusal_of_loader(code);
	what = kmend_format("the kernel does not take the update %s", material->manifest->id);
	return kmend_fail_refused(error, what, result->refusal);
}

/* The update came in and shall leave again, whatever became of it. */
static void back_out(const struct kmend_machine *machine, const char *id)
{
	kmend_unload(machine, id, NULL);
	kmend_unload_if_unused(machine);
}

static enum kmend_outcome outcome_of(enum kmend_status status)
{
	return status == KMEND_STATUS_BUSY	? KMEND_OUTCOME_BUSY
	       : status == KMEND_STATUS_REFUSED ? KMEND_OUTCOME_REFUSED
						: KMEND_OUTCOME_FAILED;
}

/* Busy or refused: say so, and remember it. What fails here must not hide why. */
static int give_up(const struct kmend_machine *machine, const struct kmend_material *material,
		   const struct kmend_apply_options *options, struct kmend_record *record, struct kmend_result *result,
		   int code, struct kmend_error *error)
{
	bool by_hand = !*material->package;
	bool again = !by_hand && result->refusal && kmend_refusal_is_transient(result->refusal);

	result->outcome = again ? KMEND_OUTCOME_PENDING : outcome_of(error->status);
	if (error->status == KMEND_STATUS_BUSY)
		kmend_advise(error,
			     again ? "Nothing was changed. kmend-reconcile.timer tries again every few minutes; "
				     "'kmend apply %s' tries now."
				   : "Nothing was changed. Try again later, or end what blocks it (%s).",
			     record->id);
	if (options->dry_run)
		return code;
	record->attempts = result->attempts;
	for (size_t i = 0; i < result->blockers.count; i++)
		kmend_strv_add(&record->blockers, result->blockers.items[i]);
	kmend_record_set(machine, record, again ? KMEND_RECORD_PENDING : KMEND_RECORD_REFUSED,
			 result->refusal && *result->refusal ? result->refusal : "module_loader", NULL);
	return code;
}

/* The switch is done but cannot be recorded: nobody may be told of success, so it is taken back. */
static int take_back(const struct kmend_machine *machine, const char *id, const struct kmend_apply_options *options,
		     int code, struct kmend_error *error)
{
	struct kmend_result ignored = { 0 };

	if (kmend_switch(machine, id, "reverse", options, &ignored))
		kmend_advise(error,
			     "The update %s is in force but not recorded: free some space, then run "
			     "'kmend reconcile'.",
			     id);
	else
		back_out(machine, id);
	kmend_result_clear(&ignored);
	return code;
}

/* It goes on where it is: towards being in force, if it was not. */
static int unfinished(const struct kmend_machine *machine, struct kmend_record *record, struct kmend_result *result,
		      int code, struct kmend_error *error)
{
	_cleanup_free_ char *why = kmend_format("switching: %llu tasks left", (unsigned long long)result->remaining);

	result->outcome = KMEND_OUTCOME_SWITCHING;
	kmend_advise(error,
		     "It goes on by itself, see 'kmend status'; 'kmend undo %s' takes it back. Sleeping tasks are sent "
		     "to user space for a moment by the kernel; what never leaves has to be ended or restarted.",
		     record->id);
	record->attempts = result->attempts;
	for (size_t i = 0; i < result->blockers.count; i++)
		kmend_strv_add(&record->blockers, result->blockers.items[i]);
	kmend_record_set(machine, record, KMEND_RECORD_PENDING, why, NULL);
	return code;
}

/* How the engine's work is called while it is done. */
static const char *engine_text(const struct kmend_machine *machine, const char *id,
			       const struct kmend_apply_options *options)
{
	_cleanup_live_ struct kmend_live *live = NULL;
	bool gradual = options->engine == KMEND_CHOICE_GRADUAL;

	if (options->engine == KMEND_CHOICE_UPDATE && !kmend_live_read(machine, id, &live, NULL))
		gradual = !strcmp(live->engine, "gradual");
	return gradual ? "letting tasks over one by one" : "stopping the machine";
}

/* Which of the updates whose place it takes are in force; the newest first, in which order they can leave. */
static void find_replaced(const struct kmend_machine *machine, const struct kmend_manifest *manifest,
			  struct kmend_strv *ret_ids)
{
	_cleanup_strv_ struct kmend_strv applied = { 0 };

	if (!manifest->replaces.count || kmend_live_applied(machine, &applied, NULL))
		return;
	for (size_t i = 0; i < applied.count; i++)
		if (kmend_strv_has(&manifest->replaces, applied.items[i]))
			kmend_strv_add(ret_ids, applied.items[i]);
}

/*
 * The kernel has reversed them in the same stop. Those that are installed come back when this one is undone, as their
 * records say from now on; what fails here reconcile puts right.
 */
static void note_replaced(const struct kmend_machine *machine, const char *id, const struct kmend_strv *replaced)
{
	_cleanup_free_ char *why = kmend_format("replaced: %s", id);

	for (size_t i = 0; i < replaced->count; i++) {
		_cleanup_record_ struct kmend_record *record = NULL;

		kmend_unload(machine, replaced->items[i], NULL);
		if (!kmend_record_read(machine->paths.record, replaced->items[i], &record, NULL))
			kmend_record_set(machine, record,
					 *record->package ? KMEND_RECORD_PENDING : KMEND_RECORD_REVERSED, why, NULL);
	}
}

static int do_switch(const struct kmend_machine *machine, const struct kmend_material *material,
		     const struct kmend_apply_options *options, struct kmend_result *result, bool reuse,
		     struct kmend_error *error)
{
	const char *id = material->manifest->id, *plural;
	struct kmend_apply_options chosen = *options;
	_cleanup_live_ struct kmend_live *live = NULL;
	size_t count;
	int code;

	/* A switch that is under way is gone on with. */
	if (reuse && !kmend_live_read(machine, id, &live, NULL) && kmend_live_is_under_way(live))
		chosen.engine = KMEND_CHOICE_GRADUAL;
	options = &chosen;
	kmend_step_begin(options->progress, "load", "matching the running code");
	code = reuse ? 0 : load_update(machine, material, result, error);
	if (code) {
		kmend_step_fail(options->progress);
		return code;
	}
	kmend_step_end(options->progress, "the running code is what %s was made for", id);
	kmend_step_begin(options->progress, options->dry_run ? "check" : "switch", engine_text(machine, id, options));
	code = kmend_switch(machine, id, "apply", options, result);
	if (code == -EINPROGRESS) {
		kmend_step_fail(options->progress);
		return kmend_switch_unfinished(id, "being applied", result, error);
	}
	if (code) {
		kmend_step_fail(options->progress);
		return kmend_switch_error(id, options->dry_run ? "apply (dry run)" : "apply", code, result, error);
	}
	count = result->functions.count;
	plural = count == 1 ? "" : "s";
	if (options->dry_run)
		kmend_step_end(options->progress, "%zu function%s could be replaced now", count, plural);
	else if (result->engine && !strcmp(result->engine, "gradual"))
		kmend_step_end(options->progress, "%zu function%s replaced, task by task", count, plural);
	else
		kmend_step_end(options->progress, "%zu function%s replaced, pause %.3f ms", count, plural,
			       result->pause_ns / 1e6);
	return 0;
}

/*
 * A module that is there, but refused (mostly since it is another build than the update was made for), goes on as it is:
 * that is no success. One that is late is switched by itself.
 */
static int check_targets(const struct kmend_result *result, struct kmend_error *error)
{
	const char *refused = kmend_target_in_state(&result->targets, "refused"), *detail;
	const struct kmend_refusal_row *row;

	if (!refused)
		return 0;
	row = kmend_refusal_find(kmend_target_refusal(refused), &detail);
	kmend_fail(error, KMEND_STATUS_REFUSED, -EREMOTEIO, "the update %s does not change the module %.*s: %s%s%s%s",
		   result->id, (int)strcspn(refused, " "), refused, row->text, *detail ? " (" : "", detail,
		   *detail ? ")" : "");
	kmend_advise(
		error,
		"%s The rest of the update is in force, and is not affected; see 'kmend view %s'. When the module is "
		"loaded again, it is tried again.",
		row->advice, result->id);
	return -EREMOTEIO;
}

int kmend_apply(const struct kmend_machine *machine, const struct kmend_material *material,
		const struct kmend_apply_options *options, struct kmend_result *result, struct kmend_error *error)
{
	const struct kmend_manifest *manifest = material->manifest;
	_cleanup_record_ struct kmend_record *record = NULL;
	_cleanup_strv_ struct kmend_strv modules = { 0 }, replaced = { 0 };
	_cleanup_free_ char *replacer = NULL;
	char digest[KMEND_SHA256_HEX];
	bool done = false, reuse = false, loaded = false;
	int code;

	free(result->id);
	result->id = kmend_strdup(manifest->id);
	for (size_t i = 0; i < manifest->nr_parts; i++)
		kmend_strv_add(&modules, manifest->parts[i].module_name);
	kmend_manifest_digest(manifest, digest);
	record = kmend_record_of(machine, manifest->id, manifest->version, &modules, digest, material->package);
	code = check_kernel(machine, manifest, error);
	if (!code)
		code = clear_way(machine, material, options, result, &done, &reuse, error);
	if (!code && !done)
		code = kmend_bases_apply(machine, manifest, options, error);
	if (code)
		result->outcome = outcome_of(error->status);
	if (!code && !done) {
		replacer = kmend_live_replacer(machine, manifest->id);
		if (replacer) {
			result->outcome = KMEND_OUTCOME_REPLACED;
			return 0;
		}
		find_replaced(machine, manifest, &replaced);
	}
	if (code || done)
		return code || options->dry_run ? code : confirm(machine, material, record, error);
	if (!options->dry_run) {
		kmend_trial_forget(machine, manifest->id);
		code = kmend_record_set(machine, record, KMEND_RECORD_APPLYING, NULL, error);
		if (!code)
			code = kmend_trial_begin(machine, manifest->id, digest, error);
	}
	if (code)
		return code;
	code = kmend_module_need(machine, &loaded, error);
	if (code) {
		if (!options->dry_run)
			kmend_trial_forget(machine, manifest->id);
		result->refusal = kmend_format("no_module: %s", error->message);
		return give_up(machine, material, options, record, result, code, error);
	}
	code = do_switch(machine, material, options, result, reuse, error);
	if (code == -EINPROGRESS)
		return unfinished(machine, record, result, code, error);
	if (code || options->dry_run)
		back_out(machine, manifest->id);
	if (code && !options->dry_run)
		kmend_trial_forget(machine, manifest->id);
	if (code)
		return give_up(machine, material, options, record, result, code, error);
	if (options->dry_run) {
		result->outcome = KMEND_OUTCOME_CHECKED;
		return check_targets(result, error);
	}
	record->attempts = result->attempts;
	record->pause_ns = result->pause_ns;
	code = kmend_record_set(machine, record, KMEND_RECORD_APPLIED, NULL, error);
	if (code)
		return take_back(machine, manifest->id, options, code, error);
	result->outcome = KMEND_OUTCOME_APPLIED;
	note_replaced(machine, manifest->id, &replaced);
	result->replaced = replaced;
	replaced = (struct kmend_strv){ 0 };
	return check_targets(result, error);
}
