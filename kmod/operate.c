// SPDX-License-Identifier: GPL-2.0
/*
 * Applying and reversing: what must hold before, which engine does it, and the state after. The engines are transition.c (all
 * tasks in one stop) and gradual.c (task by task, so it goes on after the request).
 */
#include "update.h"

#include <linux/slab.h>
#include <linux/workqueue.h>

static void unpin(struct kmend_instance *instance, u32 nr_parts)
{
	u32 i;

	/* Invariant 2: what is in force stays. */
	kmend_assert(!kmend_instance_is_in_force(instance));
	for (i = 0; i < nr_parts; i++)
		module_put(instance->parts[i]->module);
}

static int pin(struct kmend_instance *instance, struct kmend_verdict *verdict)
{
	u32 i;

	for (i = 0; i < instance->nr_parts; i++) {
		if (!try_module_get(instance->parts[i]->module)) {
			unpin(instance, i);
			return kmend_refuse(verdict, KMEND_REFUSE_STOP_FAILED, "module %s is leaving",
					    instance->parts[i]->module_name);
		}
	}
	return 0;
}

/* Is an update being switched that this one, or any, has to wait for? */
static int check_calm(const struct kmend_instance *instance, struct kmend_verdict *verdict)
{
	if (instance->state != KMEND_STATE_SWITCHING && instance->state != KMEND_STATE_REVERSING)
		return 0;
	return kmend_refuse(verdict, KMEND_REFUSE_SWITCHING, "%s, %u tasks left", instance->id, instance->nr_remaining);
}

/* May the update be applied, as its parts and targets are? */
static int check_applicable(struct kmend_instance *instance, struct kmend_instance **all, u32 nr_all,
			    struct kmend_verdict *verdict)
{
	const struct kmend_part *part;
	int error = check_calm(instance, verdict);
	u32 i;

	if (error)
		return error;
	if (instance->state == KMEND_STATE_APPLIED)
		return kmend_refuse(verdict, KMEND_REFUSE_ALREADY_APPLIED, "%s", instance->id);
	if (instance->state == KMEND_STATE_LOADING)
		return kmend_refuse(verdict, KMEND_REFUSE_INCOMPLETE, "%s has %u parts", instance->id,
				    instance->nr_parts);
	if (instance->state != KMEND_STATE_READY)
		return kmend_refuse(verdict, KMEND_REFUSE_NOT_APPLIED, "%s was refused when it was loaded",
				    instance->id);
	kmend_for_each_part(part, instance, i)
	{
		if (part->state == KMEND_TARGET_REFUSED)
			return kmend_refuse(verdict, part->verdict.refusal, "%s: %s", part->target_name,
					    part->verdict.detail);
		if (kmend_target_is_coming(part))
			return kmend_refuse(verdict, KMEND_REFUSE_TARGET_COMING, "%s", part->target_name);
	}
	for (i = 0; i < nr_all; i++) {
		if (kmend_base_replaces(all[i], instance))
			return kmend_refuse(verdict, KMEND_REFUSE_ALREADY_REPLACED,
					    "%s, by %s, which is to be applied, too", instance->id, all[i]->id);
	}
	return kmend_base_check_applied(instance, all, nr_all, verdict);
}

static int check_reversible(struct kmend_instance *instance, struct kmend_instance **all, u32 nr_all,
			    struct kmend_verdict *verdict)
{
	int error = check_calm(instance, verdict);

	if (error)
		return error;
	if (instance->gradual && nr_all > 1)
		return kmend_refuse(verdict, KMEND_REFUSE_ENGINE_MIX, "%s is reversed task by task, by itself",
				    instance->id);
	if (instance->state != KMEND_STATE_APPLIED)
		return kmend_refuse(verdict, KMEND_REFUSE_NOT_APPLIED, "%s", instance->id);
	return kmend_base_check_free(instance, all, nr_all, verdict);
}

/* The update replaces nothing any more. */
static void become_ready(struct kmend_instance *instance)
{
	instance->state = KMEND_STATE_READY;
	/* Live data may still hold addresses in the modules; then they stay, inert, until the next boot. */
	if (instance->flags & KMEND_UPDATE_ESCAPES) {
		pr_info("update %s stays in memory, inert: live data may hold addresses in it\n", instance->id);
		return;
	}
	instance->is_pinned = false;
	unpin(instance, instance->nr_parts);
}

static bool is_replaced(const struct kmend_instance *instance, struct kmend_instance *const *instances,
			u32 nr_instances)
{
	u32 i;

	for (i = 0; i < nr_instances; i++) {
		if (kmend_instance_is_in_force(instance) && kmend_base_replaces(instances[i], instance))
			return true;
	}
	return false;
}

/* What cumulative updates take the place of, if it is in force; it must be free to go. */
static int collect_replaced(struct kmend_instance *const *instances, u32 nr_instances,
			    struct kmend_transition *transition, struct kmend_verdict *verdict)
{
	struct kmend_instance *instance, **replaced;
	u32 i, nr = 0;
	int error = 0;

	list_for_each_entry (instance, &kmend_instances, node)
		nr++;
	replaced = kvcalloc(nr + 1, sizeof(*replaced), GFP_KERNEL);
	if (!replaced)
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while preparing");
	nr = 0;
	list_for_each_entry (instance, &kmend_instances, node) {
		if (is_replaced(instance, instances, nr_instances)) {
			replaced[nr++] = instance;
			error = error ?: check_calm(instance, verdict);
		}
	}
	/* The list's order is that of application: the last one goes first. */
	for (i = 0; i < nr / 2; i++)
		swap(replaced[i], replaced[nr - 1 - i]);
	for (i = 0; i < nr && !error; i++) {
		error = kmend_base_check_free(replaced[i], replaced, nr, verdict);
		if (!error && replaced[i]->gradual)
			error = kmend_refuse(verdict, KMEND_REFUSE_ENGINE_MIX, "%s was switched task by task",
					     replaced[i]->id);
	}
	transition->replaced = replaced;
	transition->nr_replaced = nr;
	return error;
}

static int apply(struct kmend_instance **instances, u32 nr_instances, struct kmend_transition *transition,
		 struct kmend_verdict *verdict)
{
	u32 i, nr_pinned = 0;
	int error = 0;

	kmend_base_sort(instances, nr_instances);
	for (i = 0; i < nr_instances && !error; i++)
		error = check_applicable(instances[i], instances, nr_instances, verdict);
	for (; nr_pinned < nr_instances && !error; nr_pinned++) {
		error = instances[nr_pinned]->is_pinned ? 0 : pin(instances[nr_pinned], verdict);
		if (error)
			break;
	}
	if (!error)
		error = collect_replaced(instances, nr_instances, transition, verdict);
	if (!error)
		error = kmend_transition_run(transition, verdict);
	if (transition->nr_replaced && !error && transition->commit)
		kmend_exit_wait();
	for (i = 0; i < transition->nr_replaced && !error && transition->commit; i++) {
		pr_info("update %s replaced by %s\n", transition->replaced[i]->id, instances[0]->id);
		become_ready(transition->replaced[i]);
		kmend_instance_announce(transition->replaced[i]);
	}
	kvfree(transition->replaced);
	for (i = 0; i < nr_pinned; i++) {
		if (error || !transition->commit) {
			if (!instances[i]->is_pinned)
				unpin(instances[i], instances[i]->nr_parts);
			continue;
		}
		instances[i]->is_pinned = true;
		instances[i]->engine = KMEND_ENGINE_STOP;
		instances[i]->state = KMEND_STATE_APPLIED;
		/* The list's order is that of application: bases come before what is on top of them. */
		list_move_tail(&instances[i]->node, &kmend_instances);
	}
	return error;
}

static void poll_gradual(struct work_struct *work);
static DECLARE_DELAYED_WORK(gradual_work, poll_gradual);

void kmend_instance_settle(struct kmend_instance *instance)
{
	enum kmend_state before = instance->state, after;

	lockdep_assert_held(&kmend_mutex);
	if (!instance->gradual)
		return;
	after = kmend_gradual_settle(instance);
	if (after == KMEND_STATE_SWITCHING || after == KMEND_STATE_REVERSING)
		schedule_delayed_work(&gradual_work, HZ);
	if (after == before)
		return;
	instance->state = after;
	if (after == KMEND_STATE_READY) {
		kmend_exit_wait();
		become_ready(instance);
	}
	if (after == KMEND_STATE_READY || after == KMEND_STATE_APPLIED)
		pr_info("update %s %s, task by task\n", instance->id,
			after == KMEND_STATE_READY ? "reversed" : "applied");
	kmend_instance_announce(instance);
	if (kmend_target_catch_up(instance))
		schedule_delayed_work(&gradual_work, HZ);
}

/* While an update is being switched, and until its targets have caught up: its state goes on though nobody looks. */
static void poll_gradual(struct work_struct *work)
{
	struct kmend_instance *instance;

	mutex_lock(&kmend_mutex);
	list_for_each_entry (instance, &kmend_instances, node) {
		if (instance->gradual && instance->state != KMEND_STATE_APPLIED)
			kmend_instance_settle(instance);
		else if (kmend_target_catch_up(instance))
			schedule_delayed_work(&gradual_work, HZ);
	}
	mutex_unlock(&kmend_mutex);
}

/* Go from ready to switching, or from reversing back to it. */
static int begin_gradually(struct kmend_instance *instance, bool commit, struct kmend_verdict *verdict)
{
	bool was_pinned = instance->is_pinned;
	int error;

	if (instance->state == KMEND_STATE_SWITCHING)
		return 0;
	if (instance->state == KMEND_STATE_REVERSING)
		return commit ? kmend_gradual_turn(instance, true, verdict) : 0;
	error = check_applicable(instance, &instance, 1, verdict);
	if (!error && !was_pinned)
		error = pin(instance, verdict);
	if (error)
		return error;
	error = kmend_gradual_apply(instance, commit, verdict);
	if (error || !commit) {
		if (!was_pinned)
			unpin(instance, instance->nr_parts);
		return error;
	}
	instance->is_pinned = true;
	instance->engine = KMEND_ENGINE_GRADUAL;
	instance->pause_ns = 0;
	list_move_tail(&instance->node, &kmend_instances);
	return 0;
}

/* Back from applied or from switching. Targets that came later were switched by jumps: these go first, or nothing does. */
static int reverse_gradually(struct kmend_instance *instance, struct kmend_transition *transition,
			     struct kmend_verdict *verdict)
{
	const struct kmend_part *part;
	bool has_jumps = false;
	int error = 0;
	u32 i;

	if (instance->state == KMEND_STATE_REVERSING)
		return 0;
	if (instance->state == KMEND_STATE_APPLIED) {
		error = check_reversible(instance, &instance, 1, verdict);
		kmend_for_each_part(part, instance, i) has_jumps |= part->places != NULL;
		if (!error && has_jumps)
			error = kmend_transition_run(transition, verdict);
	}
	if (error || !transition->commit)
		return error;
	return kmend_gradual_turn(instance, false, verdict);
}

/* What came of it: noted, and the switch that is under way now looked at. */
static void settle_begun(struct kmend_instance *instance, bool forward)
{
	pr_info("update %s is being %s, task by task\n", instance->id, forward ? "applied" : "reversed");
	instance->state = forward ? KMEND_STATE_SWITCHING : KMEND_STATE_REVERSING;
	kmend_instance_announce(instance);
	kmend_instance_settle(instance);
}

/**
 * kmend_instance_apply_gradually() - let tasks over to the replacements of an update, each by itself
 * @instance: in the list; ready, or being reversed
 * @commit:   false: only tell whether it could be done
 *
 * kmend_mutex is held. Return: 0, the update is switching or already applied; or the errno of the refusal noted in it.
 */
int kmend_instance_apply_gradually(struct kmend_instance *instance, bool commit)
{
	struct kmend_verdict *verdict;
	int error;

	lockdep_assert_held(&kmend_mutex);
	/* Targets that are not there are switched by jumps when they come. */
	if (instance->state == KMEND_STATE_READY && !kmend_gradual_is_needed(instance))
		return kmend_instances_apply(&instance, 1, commit);
	verdict = kzalloc(sizeof(*verdict), GFP_KERNEL);
	if (!verdict)
		return -ENOMEM;
	kmend_instance_settle(instance);
	instance->nr_blockers = 0;
	error = begin_gradually(instance, commit, verdict);
	kmend_instance_note_verdict(instance, verdict);
	if (!error && commit)
		settle_begun(instance, true);
	kfree(verdict);
	return error;
}

static int reverse(struct kmend_instance **instances, u32 nr_instances, struct kmend_transition *transition,
		   struct kmend_verdict *verdict)
{
	int error = 0;
	u32 i;

	kmend_base_sort(instances, nr_instances);
	for (i = 0; i < nr_instances / 2; i++)
		swap(instances[i], instances[nr_instances - 1 - i]);
	for (i = 0; i < nr_instances && !error; i++)
		error = check_reversible(instances[i], instances, nr_instances, verdict);
	if (!error)
		error = kmend_transition_run(transition, verdict);
	if (error || !transition->commit)
		return error;
	kmend_exit_wait();
	for (i = 0; i < nr_instances; i++)
		become_ready(instances[i]);
	return 0;
}

/* Either operation, with its report. A refusal is noted in each of the updates: none of them was switched. */
static int operate(struct kmend_instance **instances, u32 nr_instances, bool reversing, bool commit)
{
	struct kmend_transition *transition = kzalloc(sizeof(*transition), GFP_KERNEL);
	struct kmend_verdict *verdict = kzalloc(sizeof(*verdict), GFP_KERNEL);
	int error = -ENOMEM;
	bool gradually;
	u32 i;

	lockdep_assert_held(&kmend_mutex);
	if (!transition || !verdict)
		goto out;
	for (i = 0; i < nr_instances; i++) {
		kmend_instance_settle(instances[i]);
		instances[i]->nr_blockers = 0;
	}
	*transition = (struct kmend_transition){
		.instances = instances,
		.nr_instances = nr_instances,
		.reverse = reversing,
		.commit = commit,
	};
	gradually = reversing && nr_instances == 1 && instances[0]->gradual;
	if (gradually)
		error = reverse_gradually(instances[0], transition, verdict);
	else
		error = (reversing ? reverse : apply)(instances, nr_instances, transition, verdict);
	for (i = 0; i < nr_instances; i++) {
		kmend_instance_note_verdict(instances[i], verdict);
		if (!error && commit && gradually) {
			settle_begun(instances[i], false);
		} else if (!error && commit) {
			pr_info("update %s %s\n", instances[i]->id, reversing ? "reversed" : "applied");
			kmend_instance_announce(instances[i]);
		}
	}
out:
	kfree(verdict);
	kfree(transition);
	return error;
}

/**
 * kmend_instances_apply() - switch to the replacements of one update or several, in one stop
 * @instances:    in the list, each once; are put in order: each behind its bases
 * @nr_instances: how many; not 0
 * @commit:       false: do everything but the switch itself
 *
 * kmend_mutex is held. Return: 0, or the errno of the refusal that is noted in each instance.
 */
int kmend_instances_apply(struct kmend_instance **instances, u32 nr_instances, bool commit)
{
	return operate(instances, nr_instances, false, commit);
}

/**
 * kmend_instances_reverse() - switch back
 * @instances:    as kmend_instances_apply(); are put in order: each before its bases
 * @nr_instances: likewise
 * @commit:       likewise
 *
 * As kmend_instances_apply().
 */
int kmend_instances_reverse(struct kmend_instance **instances, u32 nr_instances, bool commit)
{
	return operate(instances, nr_instances, true, commit);
}

void kmend_instances_stop_polling(void)
{
	cancel_delayed_work_sync(&gradual_work);
}
