// SPDX-License-Identifier: GPL-2.0
#include "situation.h"

#include <errno.h>
#include <string.h>

#include "trial.h"

static const struct kmend_condition_row rows[] = {
#define CONDITION_ROW(id, name, status, action, text) { name, KMEND_STATUS_##status, KMEND_ACTION_##action, text },
	KMEND_CONDITIONS(CONDITION_ROW)
#undef CONDITION_ROW
};

const struct kmend_condition_row *kmend_condition_row(enum kmend_condition condition)
{
	return &rows[condition];
}

void kmend_picture_clear(struct kmend_picture *picture)
{
	for (size_t i = 0; i < picture->count; i++) {
		free(picture->items[i].id);
		free(picture->items[i].release);
		kmend_live_free(picture->items[i].live);
		kmend_record_free(picture->items[i].record);
	}
	free(picture->items);
	free(picture->module_version);
	kmend_installed_list_free(&picture->list);
	kmend_strv_free(&picture->warnings);
	*picture = (struct kmend_picture){ 0 };
}

static bool is_build_of(const struct kmend_record *record, const struct kmend_manifest *manifest)
{
	char digest[KMEND_SHA256_HEX];

	kmend_manifest_digest(manifest, digest);
	return !strcmp(record->digest, digest);
}

/* Is the loaded build the installed one? Where the kernel does not tell, the record does. */
static bool is_installed_build(const struct kmend_machine *machine, const struct kmend_situation *situation)
{
	const struct kmend_record *record = situation->record;
	struct kmend_material *material = NULL;
	int same = -ENOENT;

	if (kmend_material_installed(situation->installed, &material, NULL))
		return false;
	same = kmend_material_is_loaded(machine, material, &situation->live->modules);
	if (same < 0)
		same = !record || !*record->digest || is_build_of(record, material->manifest);
	kmend_material_free(material);
	return same;
}

/* Is the installed build one that a machine died of? */
static bool is_suspect(const struct kmend_machine *machine, const struct kmend_situation *situation)
{
	char digest[KMEND_SHA256_HEX];

	kmend_manifest_digest(situation->installed->manifest, digest);
	return kmend_trial_is_suspect(machine, situation->id, digest);
}

static bool is_damaged(const struct kmend_installed *installed)
{
	struct kmend_material *material = NULL;
	int code = kmend_material_installed(installed, &material, NULL);

	kmend_material_free(material);
	return code != 0;
}

static enum kmend_condition judge_live(const struct kmend_machine *machine, const struct kmend_situation *situation,
				       bool this_boot)
{
	const struct kmend_record *record = situation->record;
	const struct kmend_strv *targets = &situation->live->targets;
	enum kmend_condition behind = kmend_target_in_state(targets, "refused") ? KMEND_CONDITION_LIVE_PARTLY
				      : kmend_target_in_state(targets, "late")	? KMEND_CONDITION_LIVE_LATE
										: KMEND_CONDITION_LIVE;
	enum kmend_condition under_way = situation->live->state == KMEND_STATE_SWITCHING ? KMEND_CONDITION_SWITCHING
					 : situation->live->state == KMEND_STATE_REVERSING
						 ? KMEND_CONDITION_TURNING_BACK
						 : KMEND_CONDITION_LIVE;

	if (!situation->installed) {
		if (this_boot && record->state == KMEND_RECORD_REVERSING)
			return KMEND_CONDITION_UNDO_INTERRUPTED;
		if (!this_boot || *record->package)
			return KMEND_CONDITION_PACKAGE_GONE;
		if (under_way != KMEND_CONDITION_LIVE)
			return under_way;
		if (record->state != KMEND_RECORD_APPLIED)
			return KMEND_CONDITION_LIVE_UNRECORDED;
		return behind != KMEND_CONDITION_LIVE ? behind : KMEND_CONDITION_LIVE_BY_HAND;
	}
	if (is_damaged(situation->installed))
		return KMEND_CONDITION_LIVE_DAMAGED;
	if (!is_installed_build(machine, situation))
		return KMEND_CONDITION_CHANGED;
	if (under_way != KMEND_CONDITION_LIVE)
		return under_way;
	if (!this_boot || record->state != KMEND_RECORD_APPLIED)
		return KMEND_CONDITION_LIVE_UNRECORDED;
	return behind;
}

/* Installed for the running kernel, not in force. */
static enum kmend_condition judge_installed(const struct kmend_machine *machine,
					    const struct kmend_situation *situation, bool this_boot, bool switched_off)
{
	const struct kmend_record *record = situation->record;
	bool leftover =
		situation->live && kmend_live_is_waiting(situation->live) && !kmend_live_must_stay(situation->live);

	if (is_damaged(situation->installed))
		return KMEND_CONDITION_DAMAGED;
	if (this_boot && kmend_record_is_wish(machine, record))
		return leftover ? KMEND_CONDITION_ABANDONED : KMEND_CONDITION_HELD;
	if (this_boot && record->state == KMEND_RECORD_REFUSED && is_build_of(record, situation->installed->manifest))
		return KMEND_CONDITION_REFUSED;
	if (switched_off)
		return KMEND_CONDITION_SWITCHED_OFF;
	if (is_suspect(machine, situation))
		return KMEND_CONDITION_SUSPECT;
	if (this_boot && record->state == KMEND_RECORD_PENDING)
		return KMEND_CONDITION_PENDING;
	if (this_boot && record->state == KMEND_RECORD_REVERSING)
		return KMEND_CONDITION_ABANDONED;
	if (this_boot && record->state != KMEND_RECORD_REFUSED)
		return KMEND_CONDITION_INTERRUPTED;
	return KMEND_CONDITION_MISSED;
}

/* Neither installed for the running kernel nor in force. */
static enum kmend_condition judge_rest(const struct kmend_situation *situation, bool this_boot)
{
	const struct kmend_record *record = situation->record;
	bool loaded = situation->live && kmend_live_is_waiting(situation->live);
	bool settled = !record || record->state == KMEND_RECORD_REVERSED || record->state == KMEND_RECORD_REFUSED;

	if (loaded && kmend_live_must_stay(situation->live))
		return settled ? KMEND_CONDITION_INERT : KMEND_CONDITION_ABANDONED;
	if (!settled)
		return this_boot ? KMEND_CONDITION_ABANDONED : KMEND_CONDITION_REBOOTED;
	return loaded ? KMEND_CONDITION_HALF_LOADED : KMEND_CONDITION_PAST;
}

/* What looks like left behind by a run that was killed, while that run is at work. */
static bool is_changing(const struct kmend_situation *situation)
{
	return (situation->record->state == KMEND_RECORD_APPLYING ||
		situation->record->state == KMEND_RECORD_REVERSING) &&
	       !(situation->live && kmend_live_is_under_way(situation->live));
}

static enum kmend_condition judge(const struct kmend_machine *machine, const struct kmend_situation *situation,
				  const struct kmend_picture *picture)
{
	bool this_boot = situation->record && !strcmp(situation->record->boot_id, machine->boot_id);
	bool in_force = situation->live && kmend_live_is_in_force(situation->live);

	if (strcmp(situation->release, machine->release))
		return situation->installed ? KMEND_CONDITION_OTHER_KERNEL : KMEND_CONDITION_PAST;
	if (picture->at_work && this_boot && is_changing(situation))
		return in_force ? KMEND_CONDITION_LIVE_CHANGING : KMEND_CONDITION_CHANGING;
	if (in_force)
		return judge_live(machine, situation, this_boot);
	if (situation->installed)
		return judge_installed(machine, situation, this_boot, picture->switched_off != NULL);
	return judge_rest(situation, this_boot);
}

/* What kernel and record say belongs to the running kernel's entry only. */
static int add_situation(const struct kmend_machine *machine, struct kmend_picture *picture, const char *release,
			 const char *id, const struct kmend_installed *installed, struct kmend_error *error)
{
	struct kmend_situation *next = kmend_array_add(picture->items, picture->count);
	struct kmend_error record_error = { 0 };
	int code;

	next->id = kmend_strdup(id);
	next->release = kmend_strdup(release);
	next->installed = installed;
	if (!strcmp(release, machine->release)) {
		code = kmend_live_read(machine, id, &next->live, error);
		if (code && code != -ENOENT)
			return code;
		code = kmend_record_read(machine->paths.record, id, &next->record, &record_error);
		/* "None" is no matter; a damaged one, or one that may not be read, is. */
		if (code && (code != -ENOENT || strstr(record_error.message, "damaged")))
			kmend_strv_add(&picture->warnings, record_error.message);
	}
	next->condition = judge(machine, next, picture);
	return 0;
}

static bool has_situation(const struct kmend_picture *picture, const char *release, const char *id)
{
	for (size_t i = 0; i < picture->count; i++)
		if (!strcmp(picture->items[i].id, id) && !strcmp(picture->items[i].release, release))
			return true;
	return false;
}

/* Installed ones of the running kernel (or of the others). */
static int add_installed(const struct kmend_machine *machine, struct kmend_picture *picture, bool running,
			 struct kmend_error *error)
{
	int code = 0;

	for (size_t i = 0; i < picture->list.count && !code; i++) {
		const struct kmend_installed *installed = &picture->list.items[i];

		if (!strcmp(installed->release, machine->release) == running)
			code = add_situation(machine, picture, installed->release, installed->id, installed, error);
	}
	return code;
}

/* What is installed, but not in force since another one takes its place, is as it should be. */
static void mark_replaced(const struct kmend_machine *machine, struct kmend_picture *picture)
{
	for (size_t i = 0; i < picture->count; i++) {
		const struct kmend_live *live = picture->items[i].live;

		if (!live || !kmend_live_is_in_force(live))
			continue;
		for (size_t j = 0; j < picture->count; j++) {
			struct kmend_situation *other = &picture->items[j];

			if (other->installed && !strcmp(other->release, machine->release) &&
			    !(other->live && kmend_live_is_in_force(other->live)) &&
			    kmend_strv_has(&live->replaces, other->id))
				other->condition = KMEND_CONDITION_REPLACED;
		}
	}
}

int kmend_picture_take(const struct kmend_machine *machine, struct kmend_picture *ret_picture,
		       struct kmend_error *error)
{
	_cleanup_picture_ struct kmend_picture picture = { 0 };
	_cleanup_strv_ struct kmend_strv others = { 0 };
	int code = kmend_installed_read(machine, &picture.list, error);

	picture.switched_off = kmend_machine_switched_off(machine);
	picture.at_work = kmend_machine_is_at_work(machine);
	picture.module_version = kmend_live_version(machine);
	if (!code)
		code = add_installed(machine, &picture, true, error);
	if (!code)
		code = kmend_live_list(machine, &others, error);
	if (!code)
		code = kmend_record_list(machine->paths.record, &others, error);
	for (size_t i = 0; i < others.count && !code; i++)
		if (!has_situation(&picture, machine->release, others.items[i]))
			code = add_situation(machine, &picture, machine->release, others.items[i], NULL, error);
	mark_replaced(machine, &picture);
	if (!code)
		code = add_installed(machine, &picture, false, error);
	if (code)
		return code;
	*ret_picture = picture;
	picture = (struct kmend_picture){ 0 };
	return 0;
}

struct kmend_situation *kmend_picture_find(struct kmend_picture *picture, const char *id)
{
	for (size_t i = 0; i < picture->count; i++)
		if (!strcmp(picture->items[i].id, id))
			return &picture->items[i];
	return NULL;
}

enum kmend_status kmend_picture_status(const struct kmend_picture *picture)
{
	enum kmend_status worst = KMEND_STATUS_OK;

	for (size_t i = 0; i < picture->count; i++)
		if (rows[picture->items[i].condition].status > worst)
			worst = rows[picture->items[i].condition].status;
	return worst;
}

bool kmend_situation_is_applied(const struct kmend_situation *situation)
{
	return situation->live && situation->live->state == KMEND_STATE_APPLIED;
}

bool kmend_situation_is_shown(const struct kmend_situation *situation)
{
	return situation->condition != KMEND_CONDITION_PAST;
}
