// SPDX-License-Identifier: GPL-2.0
/*
 * The engine "gradual": the functions of an update are handed to the kernel's livepatch, which lets each task use the new code
 * from the moment it was seen outside the old. The states are drawn in abi.h; who changes them is instance.c, by what
 * kmend_gradual_settle() says.
 *
 *   begin    told before anything happens what cannot go this way; the match is repeated; pre hooks; livepatch begins
 *   settle   looks how far livepatch is, whoever set it going; when it is done, looks at what livepatch does not:
 *              applied     nobody is in a part of an old function that the compiler split off (a .cold part)
 *              reversed    nobody is anywhere in the update's modules, which may be freed next
 *            then post hooks, or fail hooks if it went back where it came from
 *
 * Until then livepatch tries again each second, sends those who sleep in the kernel back to user space for a moment after 15,
 * and never lets anybody over who is inside. Nor is anybody forced here.
 */
#include "update.h"
#include "livepatch.h"

#include <linux/jiffies.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

struct kmend_gradual {
	struct kmend_livepatch *livepatch;
	enum kmend_state origin; /* READY or APPLIED: where the switch that is under way began */
	struct kmend_part *parts[KMEND_MAX_PARTS];
	u32 nr_parts;
	u32 nr_called;			    /* of the parts: pre hooks were called */
	unsigned long next_stop, next_look; /* in jiffies: not before then */
};

/* Whoever may read the state in /sys (everybody) must not stop the machine, or have all tasks looked at, all the time. */
static bool is_due(unsigned long *next)
{
	if (time_before(jiffies, *next))
		return false;
	*next = jiffies + HZ / 10;
	return true;
}

static int check_hooks(const struct kmend_part *part, struct kmend_verdict *verdict)
{
	const struct kmend_update *update = part->update;
	u32 i;

	for (i = 0; i < update->nr_hooks; i++) {
		if (kmend_hooks_stage_is_in_stop(update->hooks[i].stage))
			return kmend_refuse(verdict, KMEND_REFUSE_NOT_GRADUAL, "the hook %s() needs the stop",
					    update->hooks[i].name);
	}
	return 0;
}

static int check_function(const struct kmend_part *part, const struct kmend_function *function,
			  struct kmend_verdict *verdict)
{
	const struct kmend_place *below;
	int error;

	if (function->role == KMEND_ROLE_WITNESS)
		return 0;
	if (function->role != KMEND_ROLE_REPLACE && function->role != KMEND_ROLE_PART)
		return kmend_refuse(verdict, KMEND_REFUSE_NOT_GRADUAL, "%s is data, which all tasks share",
				    function->name);
	error = kmend_place_check_others(part, function, verdict);
	if (!error && function->role == KMEND_ROLE_REPLACE)
		error = kmend_place_check_livepatch(function, verdict);
	if (error)
		return error;
	/* Calls would go past the jump below; but livepatch does not know whose code it leads to, nor who is in there. */
	below = kmend_place_over(function->run_address, function->run_address + function->pre_size);
	if (below)
		return kmend_refuse(verdict, KMEND_REFUSE_ENGINE_MIX, "%s, by the engine 'stop' for %s", function->name,
				    below->part->instance->id);
	return 0;
}

static int check(struct kmend_instance *instance, struct kmend_verdict *verdict)
{
	const struct kmend_instance *other;
	struct kmend_part *part;
	int error = 0;
	u32 i, j;

	list_for_each_entry (other, &kmend_instances, node) {
		if (kmend_instance_is_in_force(other) && kmend_base_replaces(instance, other))
			return kmend_refuse(verdict, KMEND_REFUSE_NOT_GRADUAL,
					    "it takes the place of %s, which needs the stop", other->id);
	}

	kmend_for_each_part(part, instance, i)
	{
		error = error ?: check_hooks(part, verdict);
		if (part->state != KMEND_TARGET_LOADED)
			continue;
		for (j = 0; j < part->target->nr_functions && !error; j++)
			error = check_function(part, &part->target->functions[j], verdict);
		error = error ?: kmend_matching_repeat(part, verdict);
	}
	return error;
}

bool kmend_gradual_is_needed(const struct kmend_instance *instance)
{
	const struct kmend_part *part;
	u32 i;

	kmend_for_each_part(part, instance, i)
	{
		if (part->state == KMEND_TARGET_LOADED && part->target->nr_functions)
			return true;
	}
	return false;
}

static void forget(struct kmend_instance *instance)
{
	struct kmend_part *part;
	u32 i;

	kmend_for_each_part(part, instance, i) part->is_gradual = false;
	kmend_livepatch_free(instance->gradual->livepatch);
	kfree(instance->gradual);
	instance->gradual = NULL;
}

int kmend_gradual_apply(struct kmend_instance *instance, bool commit, struct kmend_verdict *verdict)
{
	struct kmend_gradual *gradual = kzalloc(sizeof(*gradual), GFP_KERNEL);
	struct kmend_part *part;
	int error;
	u32 i;

	if (!gradual)
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while preparing");
	gradual->origin = KMEND_STATE_READY;
	gradual->next_stop = gradual->next_look = jiffies;
	error = check(instance, verdict);
	if (!error)
		error = kmend_livepatch_new(instance, &gradual->livepatch, verdict);
	if (!error && !gradual->livepatch)
		error = kmend_refuse(verdict, KMEND_REFUSE_NOT_GRADUAL, "no function is there to be replaced");
	instance->gradual = gradual;
	if (error || !commit)
		goto out;
	kmend_for_each_part(part, instance, i)
	{
		if (part->state == KMEND_TARGET_LOADED)
			gradual->parts[gradual->nr_parts++] = part;
	}
	error = kmend_hooks_pre(gradual->parts, gradual->nr_parts, false, &gradual->nr_called, verdict);
	if (!error)
		error = kmend_livepatch_enable(gradual->livepatch, verdict);
	if (error)
		kmend_hooks_fail(gradual->parts, gradual->nr_called, false);
	for (i = 0; i < gradual->nr_parts && !error; i++)
		gradual->parts[i]->is_gradual = true;
out:
	if (error || !commit)
		forget(instance);
	return error;
}

int kmend_gradual_turn(struct kmend_instance *instance, bool forward, struct kmend_verdict *verdict)
{
	struct kmend_gradual *gradual = instance->gradual;
	bool is_whole = instance->state == KMEND_STATE_APPLIED;
	u32 i, nr = 0;
	int error;

	/* Whoever asks for a switch may have the machine stopped. */
	gradual->next_stop = gradual->next_look = jiffies;
	if (is_whole) {
		/* Only those whose targets livepatch still knows; the others were switched by jumps, and back before. */
		for (i = 0; i < gradual->nr_parts; i++) {
			if (gradual->parts[i]->is_gradual)
				gradual->parts[nr++] = gradual->parts[i];
		}
		gradual->nr_parts = nr;
		error = kmend_hooks_pre(gradual->parts, nr, true, &gradual->nr_called, verdict);
		if (error) {
			kmend_hooks_fail(gradual->parts, gradual->nr_called, true);
			return error;
		}
		gradual->origin = KMEND_STATE_APPLIED;
	}
	error = kmend_livepatch_turn(gradual->livepatch, forward);
	if (!error)
		return 0;
	if (is_whole)
		kmend_hooks_fail(gradual->parts, gradual->nr_called, true);
	return kmend_refuse(verdict, KMEND_REFUSE_SWITCHING, "livepatch cannot turn round, error %d", error);
}

static void note_range(struct kmend_range *ranges, u32 *nr, unsigned long start, unsigned long size)
{
	ranges[(*nr)++] = (struct kmend_range){ .start = start, .end = start + size };
}

/* Which code is in the way: all of the modules when it is reversed; else the old one, or only its split-off parts. */
static struct kmend_range *collect_ranges(const struct kmend_instance *instance, bool reverse, bool whole, u32 *ret_nr)
{
	struct kmend_gradual *gradual = instance->gradual;
	const struct kmend_function *function;
	struct kmend_range *ranges;
	unsigned long start, end;
	u32 i, j, nr = 1;

	for (i = 0; i < gradual->nr_parts; i++)
		nr += gradual->parts[i]->is_gradual ? gradual->parts[i]->target->nr_functions : 1;
	ranges = kvcalloc(nr, sizeof(*ranges), GFP_KERNEL);
	if (!ranges)
		return NULL;
	for (nr = i = 0; i < gradual->nr_parts; i++) {
		if (reverse) {
			kmend_inspect_text(gradual->parts[i]->module, &start, &end);
			note_range(ranges, &nr, start, end - start);
			continue;
		}
		for (j = 0; gradual->parts[i]->is_gradual && j < gradual->parts[i]->target->nr_functions; j++) {
			function = &gradual->parts[i]->target->functions[j];
			if (function->role == KMEND_ROLE_PART || (whole && function->role == KMEND_ROLE_REPLACE))
				note_range(ranges, &nr, function->run_address, function->pre_size);
		}
	}
	*ret_nr = kmend_stack_sort_ranges(ranges, nr);
	return ranges;
}

/* Is nobody in the code that livepatch does not look at? In a stop that changes nothing, and only if there is such code. */
static bool is_left(struct kmend_instance *instance, bool reverse)
{
	struct kmend_stop *stop = is_due(&instance->gradual->next_stop) ? kzalloc(sizeof(*stop), GFP_KERNEL) : NULL;
	struct kmend_range *ranges = NULL;
	bool result = false;

	if (!stop)
		return false;
	stop->reverse = true; /* nothing is verified, there are no places */
	ranges = collect_ranges(instance, reverse, false, &stop->check.nr_ranges);
	stop->check.ranges = ranges;
	stop->check.requester = instance->leaver;
	stop->check.ignores_requester = instance->is_leaving;
	if (!ranges)
		goto out;
	if (!stop->check.nr_ranges)
		result = true;
	else if (!kmend_stack_survey(&stop->check))
		result = !kmend_stop_run(stop) && stop->refusal == KMEND_REFUSE_NONE;
	kmend_stack_free_survey(&stop->check);
	kmend_blockers_note(instance, &stop->check);
out:
	kvfree(ranges);
	kfree(stop);
	return result;
}

static bool is_awaited(const struct task_struct *task, const void *data)
{
	return kmend_livepatch_awaits(data, task);
}

void kmend_gradual_look(struct kmend_instance *instance)
{
	struct kmend_stack_check *check;
	struct kmend_range *ranges;

	if (!instance->gradual || kmend_livepatch_is_over(instance->gradual->livepatch) ||
	    !is_due(&instance->gradual->next_look))
		return;
	check = kzalloc(sizeof(*check), GFP_KERNEL);
	ranges = check ? collect_ranges(instance, !kmend_livepatch_is_enabled(instance->gradual->livepatch), true,
					&check->nr_ranges)
		       : NULL;
	if (ranges) {
		check->ranges = ranges;
		kmend_stack_find(check, is_awaited, instance->gradual->livepatch);
		kmend_blockers_note(instance, check);
	}
	kvfree(ranges);
	kfree(check);
}

enum kmend_state kmend_gradual_settle(struct kmend_instance *instance)
{
	struct kmend_gradual *gradual = instance->gradual;
	bool enabled = kmend_livepatch_is_enabled(gradual->livepatch);
	bool reverse = gradual->origin == KMEND_STATE_APPLIED;

	if (instance->state == KMEND_STATE_APPLIED && enabled)
		return KMEND_STATE_APPLIED;
	/* Somebody else has disabled it. */
	if (instance->state == KMEND_STATE_APPLIED) {
		gradual->origin = KMEND_STATE_APPLIED;
		gradual->nr_called = 0;
		reverse = true;
	}
	if (!kmend_livepatch_is_over(gradual->livepatch) || !is_left(instance, !enabled))
		return enabled ? KMEND_STATE_SWITCHING : KMEND_STATE_REVERSING;
	instance->nr_blockers = instance->nr_remaining = 0;
	if (enabled == reverse)
		kmend_hooks_fail(gradual->parts, gradual->nr_called, reverse);
	else
		kmend_hooks_post(gradual->parts, gradual->nr_parts, reverse);
	if (enabled)
		return KMEND_STATE_APPLIED;
	if (!kmend_livepatch_finish(gradual->livepatch)) {
		/* Tasks were forced over: some may be in the new code for ever. So it stays, and what livepatch knows, too. */
		instance->flags |= KMEND_UPDATE_ESCAPES;
		gradual->livepatch = NULL;
	}
	forget(instance);
	return KMEND_STATE_READY;
}

const struct kmend_part *kmend_gradual_over(unsigned long start, unsigned long end, const struct kmend_instance *self)
{
	const struct kmend_instance *instance;
	const struct kmend_function *function;
	const struct kmend_part *part;
	u32 i, j;

	list_for_each_entry (instance, &kmend_instances, node) {
		kmend_for_each_part(part, instance, i)
		{
			if (instance == self || !part->is_gradual)
				continue;
			for (j = 0; j < part->target->nr_functions; j++) {
				function = &part->target->functions[j];
				if (function->role != KMEND_ROLE_WITNESS && function->run_address < end &&
				    start < function->run_address + function->pre_size)
					return part;
			}
		}
	}
	return NULL;
}
