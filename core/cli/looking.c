// SPDX-License-Identifier: GPL-2.0
#include "looking.h"

#include "../apply/refusal.h"
#include "../base/blocker.h"

char *kmend_situation_reason(const struct kmend_situation *situation)
{
	const struct kmend_record *record = situation->record;
	const struct kmend_refusal_row *row;
	const char *detail;

	if (situation->live && kmend_live_is_under_way(situation->live)) {
		_cleanup_free_ char *first =
			situation->live->blockers.count ? kmend_blocker_text(situation->live->blockers.items[0]) : NULL;

		return kmend_format("%llu task%s left%s%s", (unsigned long long)situation->live->remaining,
				    situation->live->remaining == 1 ? "" : "s", first ? ": " : "", first ? first : "");
	}
	if (situation->installed && !situation->installed->manifest)
		return kmend_strdup(situation->installed->problem);
	if (!record || !*record->refusal)
		return NULL;
	if (record->blockers.count && record->state == KMEND_RECORD_PENDING)
		return kmend_blocker_text(record->blockers.items[0]);
	row = kmend_refusal_find(record->refusal, &detail);
	return kmend_format("%s%s%s", row->text, *detail ? ": " : "", detail);
}

char *kmend_pause_text(uint64_t pause_ns)
{
	return pause_ns ? kmend_format("%.3f ms", pause_ns / 1e6) : kmend_strdup("");
}
