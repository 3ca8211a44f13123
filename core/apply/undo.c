// SPDX-License-Identifier: GPL-2.0
/* Undoing: works with the record and the kernel alone, when the update's files are long gone. */
#include <errno.h>
#include <string.h>

#include "apply.h"
#include "module.h"
#include "switch.h"

KMEND_DEFINE_GUARD(struct kmend_record *, kmend_record_free, record_guard);
#define _cleanup_record_ _cleanup_(record_guard)

int kmend_unload(const struct kmend_machine *machine, const char *id, struct kmend_error *error)
{
	_cleanup_live_ struct kmend_live *live = NULL;
	int code = kmend_live_read(machine, id, &live, error);

	if (code)
		return code == -ENOENT ? 0 : code;
	if (kmend_live_is_in_force(live) || kmend_live_must_stay(live))
		return 0;
	/* Also those of a refused update of which only some parts came in. */
	for (size_t i = live->modules.count; i-- && !code;) {
		struct kmend_error why = { 0 };

		code = kmend_module_remove(machine, live->modules.items[i], &why);
		if (code == -ENOENT)
			code = 0;
		else if (code && error)
			*error = why;
	}
	return code;
}

void kmend_unload_if_unused(const struct kmend_machine *machine)
{
	_cleanup_strv_ struct kmend_strv ids = { 0 };

	if (!kmend_module_is_loaded(machine, "kmend") || kmend_live_list(machine, &ids, NULL))
		return;
	for (size_t i = 0; i < ids.count; i++) {
		_cleanup_live_ struct kmend_live *live = NULL;

		if (!kmend_live_read(machine, ids.items[i], &live, NULL) && live->state != KMEND_STATE_REFUSED)
			return;
	}
	kmend_module_remove(machine, "kmend", NULL);
}

/* The record of what is in force; made from the kernel's words if it was lost. */
static struct kmend_record *record_to_undo(const struct kmend_machine *machine, const struct kmend_live *live)
{
	struct kmend_record *record;

	if (kmend_record_read(machine->paths.record, live->id, &record, NULL))
		return kmend_record_of(machine, live->id, NULL, &live->modules, NULL, NULL);
	free(record->boot_id);
	record->boot_id = kmend_strdup(machine->boot_id);
	free(record->release);
	record->release = kmend_strdup(machine->release);
	kmend_strv_free(&record->modules);
	for (size_t i = 0; i < live->modules.count; i++)
		kmend_strv_add(&record->modules, live->modules.items[i]);
	return record;
}

/*
 * Whoever undoes what is installed does not want reconcile to apply it, whether or not it was tried in this boot. A record
 * made here says which files that was about, like one of an update that was in force (kmend_record_is_wish()).
 */
static int note_wish(const struct kmend_machine *machine, const char *id, struct kmend_record *record,
		     struct kmend_error *error)
{
	_cleanup_installed_ struct kmend_installed_list list = { 0 };
	_cleanup_record_ struct kmend_record *fresh = NULL;
	_cleanup_strv_ struct kmend_strv modules = { 0 };
	_cleanup_free_ char *package = NULL;
	const struct kmend_installed *installed;
	char digest[KMEND_SHA256_HEX];
	int code;

	if (record && !strcmp(record->boot_id, machine->boot_id))
		return kmend_record_is_wish(machine, record)
			       ? 0
			       : kmend_record_set(machine, record, KMEND_RECORD_REVERSED, NULL, error);
	code = kmend_installed_read(machine, &list, error);
	installed = code ? NULL : kmend_installed_find(&list, machine->release, id);
	if (!installed || !installed->manifest)
		return code; /* nothing that could be applied by itself */
	for (size_t i = 0; i < installed->manifest->nr_parts; i++)
		kmend_strv_add(&modules, installed->manifest->parts[i].module_name);
	kmend_manifest_digest(installed->manifest, digest);
	package = kmend_package_name(installed->release, id);
	fresh = kmend_record_of(machine, id, installed->manifest->version, &modules, digest, package);
	return kmend_record_set(machine, fresh, KMEND_RECORD_REVERSED, NULL, error);
}

/* Nothing is in force: tidy what is left, and tell whether the id means anything. */
static int undo_nothing(const struct kmend_machine *machine, const char *id, bool known,
			const struct kmend_apply_options *options, struct kmend_result *result,
			struct kmend_error *error)
{
	_cleanup_record_ struct kmend_record *record = NULL;
	bool recorded = !kmend_record_read(machine->paths.record, id, &record, NULL);
	int code = 0;

	if (!known && !recorded) {
		kmend_fail(error, KMEND_STATUS_UNKNOWN_ID, -ENOENT, "no update '%s' is known", id);
		kmend_advise(error, "'kmend view' lists the known ones.");
		return -ENOENT;
	}
	result->outcome = KMEND_OUTCOME_NOT_APPLIED;
	if (options->dry_run)
		return 0;
	code = kmend_unload(machine, id, error);
	if (code)
		return code;
	kmend_unload_if_unused(machine);
	return note_wish(machine, id, record, error);
}

static int switch_back(const struct kmend_machine *machine, const char *id, bool is_gradual,
		       struct kmend_record *record, const struct kmend_apply_options *options,
		       struct kmend_result *result, struct kmend_error *error)
{
	int code;

	kmend_step_begin(options->progress, options->dry_run ? "check" : "switch",
			 is_gradual ? "letting tasks back one by one" : "stopping the machine");
	code = kmend_switch(machine, id, "reverse", options, result);
	if (!code) {
		kmend_step_end(options->progress, "%zu function%s %s", result->functions.count,
			       result->functions.count == 1 ? "" : "s",
			       options->dry_run ? "could be put back now" : "put back");
		return 0;
	}
	kmend_step_fail(options->progress);
	if (code == -EINPROGRESS) {
		/* Whoever has to be told whether it is in force cannot be told "for some". */
		kmend_live_write(machine, id, "apply", "gradual");
		kmend_switch_unfinished(id, "being reversed", result, error);
		result->refusal = kmend_format("switching: %llu tasks left", (unsigned long long)result->remaining);
	} else {
		code = kmend_switch_error(id, "undo", code, result, error);
	}
	result->outcome = error->status == KMEND_STATUS_BUSY ? KMEND_OUTCOME_BUSY : KMEND_OUTCOME_REFUSED;
	if (error->status == KMEND_STATUS_BUSY)
		kmend_advise(error, "The update is still in force. Try again later, or end what blocks it.");
	/* It is in force as before; that this could not be written down now is told by the record's 'reversing'. */
	if (!options->dry_run)
		kmend_record_set(machine, record, KMEND_RECORD_APPLIED, result->refusal, NULL);
	return code;
}

int kmend_undo(const struct kmend_machine *machine, const char *id, bool known,
	       const struct kmend_apply_options *options, struct kmend_result *result, struct kmend_error *error)
{
	_cleanup_live_ struct kmend_live *live = NULL;
	_cleanup_record_ struct kmend_record *record = NULL;
	int code = kmend_live_read(machine, id, &live, error);

	free(result->id);
	result->id = kmend_strdup(id);
	if (code && code != -ENOENT)
		return code;
	if (code || !kmend_live_is_in_force(live))
		return undo_nothing(machine, id, known, options, result, error);
	record = record_to_undo(machine, live);
	code = options->dry_run ? 0 : kmend_record_set(machine, record, KMEND_RECORD_REVERSING, NULL, error);
	if (!code)
		code = switch_back(machine, id, !strcmp(live->engine, "gradual"), record, options, result, error);
	if (code)
		return code;
	if (options->dry_run) {
		result->outcome = KMEND_OUTCOME_CHECKED;
		return 0;
	}
	result->outcome = KMEND_OUTCOME_REVERSED;
	result->stays_loaded = live->escapes;
	/* A module that cannot leave now is inert, and reconcile tries again: the switch itself is what counts. */
	kmend_unload(machine, id, NULL);
	kmend_unload_if_unused(machine);
	record->pause_ns = result->pause_ns;
	code = kmend_record_set(machine, record, KMEND_RECORD_REVERSED, NULL, error);
	/* Not switched again: what was asked for is done, and putting the fix back would help nobody. */
	if (code)
		kmend_advise(error,
			     "%s is not in force any more, which could not be recorded: free some space, then run "
			     "'kmend undo %s' again.",
			     id, id);
	return code;
}
