// SPDX-License-Identifier: GPL-2.0
/* Updates on top of others: those below are applied first, those above are undone first. */
#include "bases.h"

#include <errno.h>
#include <string.h>

#include "installed.h"
#include "refusal.h"

KMEND_DEFINE_GUARD(struct kmend_record *, kmend_record_free, record_guard);
#define _cleanup_record_ _cleanup_(record_guard)

static bool is_applied(const struct kmend_machine *machine, const char *id)
{
	_cleanup_live_ struct kmend_live *live = NULL;

	return !kmend_live_read(machine, id, &live, NULL) && live->state == KMEND_STATE_APPLIED;
}

static int missing(const struct kmend_manifest *manifest, const char *base, struct kmend_error *error)
{
	_cleanup_free_ char *what = kmend_format("cannot apply %s", manifest->id);
	_cleanup_free_ char *refusal = kmend_format("base_missing: %s", base);

	return kmend_fail_refused(error, what, refusal);
}

int kmend_bases_apply(const struct kmend_machine *machine, const struct kmend_manifest *manifest,
		      const struct kmend_apply_options *options, struct kmend_error *error)
{
	_cleanup_installed_ struct kmend_installed_list list = { 0 };
	int code = manifest->nr_bases ? kmend_installed_read(machine, &list, error) : 0;

	for (size_t i = 0; i < manifest->nr_bases && !code; i++) {
		const char *id = manifest->bases[i].id;
		const struct kmend_installed *base = kmend_installed_find(&list, machine->release, id);
		_cleanup_material_ struct kmend_material *material = NULL;
		struct kmend_result result = { 0 };

		if (is_applied(machine, id))
			continue;
		if (!base || options->dry_run)
			return missing(manifest, id, error);
		code = kmend_material_installed(base, &material, error);
		if (!code)
			code = kmend_apply(machine, material, options, &result, error);
		kmend_result_clear(&result);
	}
	return code;
}

static bool sits_on(const struct kmend_manifest *manifest, const char *id)
{
	for (size_t i = 0; manifest && i < manifest->nr_bases; i++)
		if (!strcmp(manifest->bases[i].id, id))
			return true;
	return false;
}

/* Undone for the sake of the one below it only: it is to come back, as the record says from then on. */
static int undo_for_now(const struct kmend_machine *machine, const char *id, const struct kmend_apply_options *options,
			struct kmend_error *error)
{
	_cleanup_record_ struct kmend_record *record = NULL;
	struct kmend_result result = { 0 };
	int code = kmend_undo(machine, id, true, options, &result, error);

	kmend_result_clear(&result);
	if (!code && !kmend_record_read(machine->paths.record, id, &record, NULL))
		code = kmend_record_set(machine, record, KMEND_RECORD_PENDING, "base_missing", error);
	return code;
}

int kmend_bases_undo_above(const struct kmend_machine *machine, const char *id,
			   const struct kmend_apply_options *options, struct kmend_error *error)
{
	_cleanup_installed_ struct kmend_installed_list list = { 0 };
	int code = kmend_installed_read(machine, &list, error);

	/* The list has what is below first. */
	for (size_t i = list.count; i-- > 0 && !code;) {
		const struct kmend_installed *above = &list.items[i];

		if (!strcmp(above->release, machine->release) && sits_on(above->manifest, id) &&
		    is_applied(machine, above->id))
			code = undo_for_now(machine, above->id, options, error);
	}
	return code;
}
