// SPDX-License-Identifier: GPL-2.0
/*
 * Everything around the stop: what must be allocated, mapped and checked before, and told after.
 */
#include "kmend.h"

#include <linux/slab.h>

static void unmap_places(struct kmend_place *places, u32 nr_places)
{
	u32 i;

	for (i = 0; i < nr_places; i++)
		kmend_place_unmap(&places[i]);
}

static int map_places(struct kmend_place *places, u32 nr_places, struct kmend_verdict *verdict)
{
	u32 i;

	for (i = 0; i < nr_places; i++) {
		if (kmend_place_map(&places[i])) {
			unmap_places(places, i);
			return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while mapping %s",
					    places[i].function->name);
		}
	}
	return 0;
}

/* A place for every replaced function. */
static int prepare_places(const struct kmend_target *target, struct kmend_place **ret_places, u32 *ret_nr,
			  struct kmend_verdict *verdict)
{
	struct kmend_place *places;
	u32 i, nr = 0;
	int error = 0;

	places = kvcalloc(target->nr_functions, sizeof(*places), GFP_KERNEL);
	if (!places)
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while preparing trampolines");
	for (i = 0; i < target->nr_functions && !error; i++) {
		if (target->functions[i].role != KMEND_ROLE_REPLACE)
			continue;
		error = kmend_place_prepare(&places[nr], &target->functions[i], verdict);
		if (!error)
			error = kmend_place_check_livepatch(&places[nr], verdict);
		nr++;
	}
	if (error) {
		kvfree(places);
		return error;
	}
	*ret_places = places;
	*ret_nr = nr;
	return 0;
}

/* The code that nobody may be in when it is replaced: the old functions and their cold parts. */
static int old_code(const struct kmend_target *target, struct kmend_range **ret_ranges, u32 *ret_nr)
{
	struct kmend_range *ranges = kvcalloc(target->nr_functions, sizeof(*ranges), GFP_KERNEL);
	const struct kmend_function *function;
	u32 i, nr = 0;

	if (!ranges)
		return -ENOMEM;
	for (i = 0; i < target->nr_functions; i++) {
		function = &target->functions[i];
		if (function->role == KMEND_ROLE_WITNESS)
			continue;
		ranges[nr].start = function->run_address;
		ranges[nr++].end = function->run_address + function->pre_size;
	}
	*ret_nr = kmend_stack_sort_ranges(ranges, nr);
	*ret_ranges = ranges;
	return 0;
}

static int explain_refusal(const struct kmend_instance *instance, const struct kmend_stop *stop,
			   struct kmend_verdict *verdict)
{
	const struct kmend_stack_check *check = &stop->check;
	const struct kmend_blocker *first = &check->blockers[0];

	switch (stop->refusal) {
	case KMEND_REFUSE_NONE:
		return 0;
	case KMEND_REFUSE_BUSY:
		return kmend_refuse(verdict, KMEND_REFUSE_BUSY, "%u task%s inside, pid %d (%s) in %s",
				    check->nr_blockers, check->nr_blockers == 1 ? "" : "s", first->pid, first->comm,
				    kmend_instance_function_name(instance, first->address));
	case KMEND_REFUSE_RUNS_IN_STOP:
		return kmend_refuse(verdict, KMEND_REFUSE_RUNS_IN_STOP, "%s",
				    kmend_instance_function_name(instance, check->stop_address ?: first->address));
	default:
		return kmend_refuse(verdict, stop->refusal, "%s+0x%x", stop->culprit->name, stop->culprit_offset);
	}
}

/* The stop, with kprobes held back. */
static int stop_machine_and_switch(struct kmend_stop *stop, struct kmend_verdict *verdict)
{
	int error = 0;
	u32 i;

	/*
	 * A probe that is being registered has copied the instruction it will replace before it writes its int3. Held
	 * off from the look to the stores, none can come between. Lock order: kmend_mutex, kprobe_mutex, then what
	 * stop_machine() takes (cpus_read_lock(), as kprobes do).
	 */
	mutex_lock(kmend_kernel.kprobe_mutex);
	for (i = 0; i < stop->nr_places && !error; i++)
		error = kmend_place_check_kprobes(&stop->places[i], verdict);
	if (!error && kmend_stop_run(stop))
		error = kmend_refuse(verdict, KMEND_REFUSE_STOP_FAILED, "stop_machine");
	mutex_unlock(kmend_kernel.kprobe_mutex);
	return error;
}

/* Survey, map, stop; note the results in the instance. */
static int run(struct kmend_instance *instance, struct kmend_stop *stop, struct kmend_verdict *verdict)
{
	int error = map_places(stop->places, stop->nr_places, verdict);

	if (error)
		return error;
	stop->check.requester = current;
	error = kmend_stack_survey(&stop->check);
	stop->refusal = kmend_stack_refusal(&stop->check);
	if (error == -ENOMEM)
		error = kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while looking at tasks");
	else if (error == -EBUSY)
		error = 0; /* Those who sleep inside would be there in the stop, too: no need to make one. */
	else
		error = stop_machine_and_switch(stop, verdict);
	kmend_stack_free_survey(&stop->check);
	unmap_places(stop->places, stop->nr_places);
	if (error)
		return error;

	pr_debug("update %s: tasks unwound %u, scanned %u, not looked at again %u; %llu ns\n", instance->id,
		 stop->check.nr_unwound, stop->check.nr_scanned, stop->check.nr_skipped, stop->pause_ns);
	instance->nr_blockers = min_t(u32, stop->check.nr_blockers, KMEND_MAX_BLOCKERS);
	instance->blocked_reversing = stop->reverse;
	memcpy(instance->blockers, stop->check.blockers, sizeof(instance->blockers));
	error = explain_refusal(instance, stop, verdict);
	if (!error && stop->commit)
		instance->pause_ns = stop->pause_ns;
	return error;
}

int kmend_switch_apply(struct kmend_instance *instance, bool commit, struct kmend_verdict *verdict)
{
	struct kmend_range *ranges = NULL;
	struct kmend_stop *stop;
	int error;

	error = kmend_matching_repeat(instance->target, instance->values, verdict);
	if (error)
		return error;
	stop = kzalloc(sizeof(*stop), GFP_KERNEL);
	if (!stop || old_code(instance->target, &ranges, &stop->check.nr_ranges)) {
		kfree(stop);
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while preparing");
	}
	stop->target = instance->target;
	stop->values = instance->values;
	stop->commit = commit;
	stop->check.ranges = ranges;
	error = prepare_places(instance->target, &stop->places, &stop->nr_places, verdict);
	if (!error)
		error = run(instance, stop, verdict);
	if (!error && commit) {
		instance->places = stop->places;
		instance->nr_places = stop->nr_places;
	} else {
		kvfree(stop->places);
	}
	kvfree(ranges);
	kfree(stop);
	return error;
}

int kmend_switch_reverse(struct kmend_instance *instance, bool commit, struct kmend_verdict *verdict)
{
	struct kmend_stop *stop = kzalloc(sizeof(*stop), GFP_KERNEL);
	struct kmend_range *all = kzalloc(sizeof(*all), GFP_KERNEL);
	int error;

	/* On the heap: on our own stack, the range's start would look like an address inside to a scan word by word. */
	if (!stop || !all) {
		kfree(stop);
		kfree(all);
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while preparing");
	}
	/* Nobody may be in any code of the module, since it may be freed next. */
	kmend_inspect_text(instance->module, &all->start, &all->end);
	stop->check.ranges = all;
	stop->check.nr_ranges = 1;
	stop->places = instance->places;
	stop->nr_places = instance->nr_places;
	stop->reverse = true;
	stop->check.ignores_requester = instance->is_leaving;
	stop->commit = commit;
	error = run(instance, stop, verdict);
	if (!error && commit) {
		kvfree(instance->places);
		instance->places = NULL;
		instance->nr_places = 0;
	}
	kfree(all);
	kfree(stop);
	return error;
}
