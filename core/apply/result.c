// SPDX-License-Identifier: GPL-2.0
/* What comes out of a transition, and the record's side of it. */
#include <string.h>
#include <time.h>

#include "apply.h"
#include "history.h"

static const char *const outcome_names[] = {
	[KMEND_OUTCOME_FAILED] = "failed",
	[KMEND_OUTCOME_APPLIED] = "applied",
	[KMEND_OUTCOME_ALREADY_APPLIED] = "already-applied",
	[KMEND_OUTCOME_CHECKED] = "checked",
	[KMEND_OUTCOME_PENDING] = "pending",
	[KMEND_OUTCOME_BUSY] = "busy",
	[KMEND_OUTCOME_REFUSED] = "refused",
	[KMEND_OUTCOME_REVERSED] = "reversed",
	[KMEND_OUTCOME_NOT_APPLIED] = "not-applied",
	[KMEND_OUTCOME_SWITCHING] = "switching",
	[KMEND_OUTCOME_REPLACED] = "replaced",
	[KMEND_OUTCOME_SKIPPED] = "skipped",
};

const char *kmend_outcome_name(enum kmend_outcome outcome)
{
	return outcome_names[outcome];
}

void kmend_result_clear(struct kmend_result *result)
{
	free(result->id);
	free(result->refusal);
	free(result->engine);
	kmend_strv_free(&result->blockers);
	kmend_strv_free(&result->functions);
	kmend_strv_free(&result->targets);
	kmend_strv_free(&result->replaced);
	*result = (struct kmend_result){ 0 };
}

struct kmend_record *kmend_record_of(const struct kmend_machine *machine, const char *id, const char *version,
				     const struct kmend_strv *modules, const char *digest, const char *package)
{
	struct kmend_record *record = kmend_calloc(1, sizeof(*record));

	record->id = kmend_strdup(id);
	record->release = kmend_strdup(machine->release);
	record->version = kmend_strdup(version ? version : "");
	for (size_t i = 0; i < modules->count; i++)
		kmend_strv_add(&record->modules, modules->items[i]);
	record->digest = kmend_strdup(digest ? digest : "");
	record->boot_id = kmend_strdup(machine->boot_id);
	record->package = kmend_strdup(package ? package : "");
	record->files = kmend_strdup("");
	record->refusal = kmend_strdup("");
	return record;
}

int kmend_record_set(const struct kmend_machine *machine, struct kmend_record *record, enum kmend_record_state state,
		     const char *refusal, struct kmend_error *error)
{
	int code;

	record->state = state;
	free(record->refusal);
	record->refusal = kmend_strdup(refusal ? refusal : "");
	record->updated = time(NULL);
	free(record->files);
	record->files = kmend_installed_files(machine, record->release, record->id);
	code = kmend_record_write(machine->paths.record, record, error);
	if (!code)
		kmend_history_add(machine, record);
	return code;
}

bool kmend_record_is_wish(const struct kmend_machine *machine, const struct kmend_record *record)
{
	_cleanup_free_ char *files = kmend_installed_files(machine, record->release, record->id);

	return record->state == KMEND_RECORD_REVERSED && !strcmp(record->files, files);
}
