// SPDX-License-Identifier: GPL-2.0
/* Several updates switched in one stop: at boot, when nobody is inside and the pause is paid once. */
#include <errno.h>
#include <string.h>

#include "module.h"
#include "together.h"
#include "trial.h"

KMEND_DEFINE_GUARD(struct kmend_record *, kmend_record_free, record_guard);
#define _cleanup_record_ _cleanup_(record_guard)

static struct kmend_record *record_of(const struct kmend_machine *machine, const struct kmend_material *material)
{
	_cleanup_strv_ struct kmend_strv modules = { 0 };
	char digest[KMEND_SHA256_HEX];

	for (size_t i = 0; i < material->manifest->nr_parts; i++)
		kmend_strv_add(&modules, material->manifest->parts[i].module_name);
	kmend_manifest_digest(material->manifest, digest);
	return kmend_record_of(machine, material->manifest->id, material->manifest->version, &modules, digest,
			       material->package);
}

/* Noted before the kernel is asked: record and guard. */
static int note(const struct kmend_machine *machine, const struct kmend_material *material, struct kmend_error *error)
{
	_cleanup_record_ struct kmend_record *record = record_of(machine, material);
	char digest[KMEND_SHA256_HEX];
	int code;

	kmend_manifest_digest(material->manifest, digest);
	code = kmend_record_set(machine, record, KMEND_RECORD_APPLYING, NULL, error);
	return code ? code : kmend_trial_begin(machine, material->manifest->id, digest, error);
}

static int load(const struct kmend_machine *machine, const struct kmend_material *material)
{
	_cleanup_live_ struct kmend_live *live = NULL;
	int code = 0;

	/* Something of it is there already: that is for the careful way. */
	if (!kmend_live_read(machine, material->manifest->id, &live, NULL))
		return -EEXIST;
	for (size_t i = 0; i < material->paths.count && !code; i++)
		code = kmend_module_insert(machine, material->paths.items[i]);
	return code;
}

/* It was not to be: all that came in leaves again, the last first. */
static void back_out(const struct kmend_machine *machine, struct kmend_material *const *materials, size_t count)
{
	while (count-- > 0) {
		kmend_unload(machine, materials[count]->manifest->id, NULL);
		kmend_trial_forget(machine, materials[count]->manifest->id);
	}
}

/* It is in force, whatever goes wrong from here on. */
static int confirm(const struct kmend_machine *machine, const struct kmend_material *material,
		   struct kmend_result *result, struct kmend_error *error)
{
	_cleanup_record_ struct kmend_record *record = record_of(machine, material);
	_cleanup_live_ struct kmend_live *live = NULL;
	int code = kmend_live_read(machine, material->manifest->id, &live, error);

	free(result->id);
	result->id = kmend_strdup(material->manifest->id);
	result->outcome = KMEND_OUTCOME_APPLIED;
	if (code)
		return code;
	record->attempts = result->attempts = 1;
	record->pause_ns = result->pause_ns = live->pause_ns;
	result->functions = live->functions;
	live->functions = (struct kmend_strv){ 0 };
	result->targets = live->targets;
	live->targets = (struct kmend_strv){ 0 };
	return kmend_record_set(machine, record, KMEND_RECORD_APPLIED, NULL, error);
}

int kmend_apply_together(const struct kmend_machine *machine, struct kmend_material *const *materials, size_t count,
			 struct kmend_result *results, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer ids = { 0 };
	size_t loaded = 0;
	bool brought = false;
	int code = kmend_module_need(machine, &brought, error);

	for (size_t i = 0; i < count && !code; i++) {
		code = note(machine, materials[i], error);
		if (!code)
			code = load(machine, materials[i]);
		if (code != -EEXIST)
			loaded = i + 1;
		kmend_buffer_addf(&ids, "%s%s", i ? " " : "", materials[i]->manifest->id);
	}
	if (!code)
		code = kmend_live_write(machine, "", "apply_all", ids.data);
	if (code) {
		back_out(machine, materials, loaded);
		return code;
	}
	for (size_t i = 0; i < count; i++)
		if (confirm(machine, materials[i], &results[i], code ? NULL : error))
			code = -EIO;
	/* In force, though maybe not recorded: the next reconcile puts the record right. */
	return 0;
}
