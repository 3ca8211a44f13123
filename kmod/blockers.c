// SPDX-License-Identifier: GPL-2.0
/*
 * Who is in the way of a switch: what a look at the stacks has found, named, and since when it was found there.
 */
#include "update.h"

#include <linux/string.h>
#include <linux/timekeeping.h>

/* What code an address belongs to: that of a function to be replaced, or of an update. */
const char *kmend_blockers_name(unsigned long address, unsigned long *ret_offset)
{
	const struct kmend_instance *instance;
	const struct kmend_part *part;
	const char *name = NULL;
	u32 i;

	list_for_each_entry (instance, &kmend_instances, node) {
		kmend_for_each_part(part, instance, i)
		{
			name = kmend_part_function_name(part, address, true, ret_offset);
			name = name ?: kmend_part_function_name(part, address, false, ret_offset);
			if (name)
				return name;
		}
	}
	*ret_offset = 0;
	return "?";
}

/* Whoever was there at the last look as well has been there since then. */
static u64 seen_since(const struct kmend_named_blocker *before, u32 nr_before,
		      const struct kmend_named_blocker *blocker)
{
	u32 i;

	for (i = 0; i < nr_before; i++) {
		if (before[i].task.pid == blocker->task.pid && before[i].task.start_time == blocker->task.start_time &&
		    !strcmp(before[i].function, blocker->function))
			return before[i].since;
	}
	return ktime_get_boottime_seconds();
}

void kmend_blockers_note(struct kmend_instance *instance, const struct kmend_stack_check *check)
{
	struct kmend_named_blocker *blocker;
	u32 i, nr_before = instance->nr_noted;

	memcpy(instance->before, instance->blockers, sizeof(instance->before));
	instance->nr_remaining = check->nr_blockers;
	instance->nr_blockers = instance->nr_noted = min_t(u32, check->nr_blockers, KMEND_MAX_BLOCKERS);
	for (i = 0; i < instance->nr_blockers; i++) {
		blocker = &instance->blockers[i];
		*blocker = (struct kmend_named_blocker){ .task = check->blockers[i] };
		strscpy(blocker->function,
			blocker->task.address ? kmend_blockers_name(blocker->task.address, &blocker->offset) : "-",
			sizeof(blocker->function));
		blocker->since = seen_since(instance->before, nr_before, blocker);
	}
}

int kmend_blockers_explain(const struct kmend_stop *stop, struct kmend_verdict *verdict)
{
	const struct kmend_stack_check *check = &stop->check;
	const struct kmend_blocker *first = &check->blockers[0];
	unsigned long offset;

	switch (stop->refusal) {
	case KMEND_REFUSE_NONE:
		return 0;
	case KMEND_REFUSE_BUSY:
		if (!check->nr_blockers)
			return kmend_refuse(verdict, KMEND_REFUSE_BUSY, "%u task%s at the end of their exit",
					    check->nr_exiting, check->nr_exiting == 1 ? "" : "s");
		return kmend_refuse(verdict, KMEND_REFUSE_BUSY, "%u task%s inside, pid %d (%s) in %s",
				    check->nr_blockers, check->nr_blockers == 1 ? "" : "s", first->pid, first->comm,
				    kmend_blockers_name(first->address, &offset));
	case KMEND_REFUSE_RUNS_IN_STOP:
		return kmend_refuse(verdict, KMEND_REFUSE_RUNS_IN_STOP, "%s",
				    kmend_blockers_name(check->stop_address ?: first->address, &offset));
	case KMEND_REFUSE_HOOK_REFUSED:
		return kmend_hooks_refuse(&stop->hook_refusal, verdict);
	default:
		return kmend_refuse(verdict, stop->refusal, "%s+0x%x", stop->culprit->name, stop->culprit_offset);
	}
}
