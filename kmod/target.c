// SPDX-License-Identifier: GPL-2.0
/*
 * Targets that are modules: they come and go, and their parts join them and leave them. A target is never held.
 *
 *   the part is loaded   its special tables are hidden from the kernel (special.c)
 *   it registers         a pristine copy is taken; if the target is there already, it joins it
 *   the target comes     behind all other notifiers, before its init: the part joins it, and is switched, if the update is
 *                        applied, without a stop, since nobody can run the target's code yet
 *   the target goes      before all other notifiers, behind its exit: the part leaves it
 *   the part goes        the part leaves the target
 *
 * To join: what was changed for an earlier target is put back, the target is matched, the part's fields are filled in,
 * and the kernel's notifiers set up its special tables. To leave: they take them down. All under kmend_mutex, which a
 * going target's notifier needs, too: so a target that was found there under the mutex stays there until it is released.
 */
#include "update.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <asm/sync_core.h>

static void lock_dynamic_debug(void)
{
	if (kmend_kernel.ddebug_lock)
		mutex_lock(kmend_kernel.ddebug_lock);
}

static void unlock_dynamic_debug(void)
{
	if (kmend_kernel.ddebug_lock)
		mutex_unlock(kmend_kernel.ddebug_lock);
}

/*
 * Data that is read-only once a module's init is over: jump labels are in it, and keys may be. That of a module that is
 * coming is not read-only yet, and that of one that is going need not be any more.
 */
static int set_ro_after_init(const struct module *mod, bool writable)
{
	unsigned long start, end;

	kmend_inspect_ro_after_init(mod, &start, &end);
	start &= PAGE_MASK;
	end = PAGE_ALIGN(end);
	if (start >= end || mod->state == MODULE_STATE_COMING || (!writable && mod->state == MODULE_STATE_GOING))
		return 0;
	return (writable ? kmend_kernel.set_memory_rw : kmend_kernel.set_memory_ro)(start, (end - start) >> PAGE_SHIFT);
}

static void make_read_only(const struct kmend_part *part)
{
	set_ro_after_init(part->module, false);
	set_ro_after_init(part->object, false);
}

static int make_writable(const struct kmend_part *part, struct kmend_verdict *verdict)
{
	if (!set_ro_after_init(part->module, true) && !set_ro_after_init(part->object, true))
		return 0;
	make_read_only(part);
	return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while joining %s", part->target_name);
}

static void serialize_cpu(void *unused)
{
	sync_core();
}

/* Bases that change the same target must have joined it. Return: 1 if one could still do so. */
static int check_bases(const struct kmend_part *part, struct kmend_verdict *verdict)
{
	const struct kmend_instance *instance;
	const struct kmend_part *other;
	u32 i;
	int error = kmend_base_check_loaded(part, verdict);

	if (error)
		return error;
	list_for_each_entry (instance, &kmend_instances, node) {
		if (!kmend_base_is(part->instance, instance))
			continue;
		kmend_for_each_part(other, instance, i)
		{
			if (strcmp(other->target_name, part->target_name))
				continue;
			if (other->state == KMEND_TARGET_ARMED)
				return 1;
			if (other->state == KMEND_TARGET_REFUSED)
				return kmend_refuse(verdict, KMEND_REFUSE_BASE_MISSING, "%s could not change %s",
						    instance->id, part->target_name);
		}
	}
	return 0;
}

/* A probe in the part's own code, which nobody ran, would be overwritten. */
static int check_own_kprobes(const struct kmend_part *part, struct kmend_verdict *verdict)
{
	unsigned long start, end;

	kmend_inspect_text(part->module, &start, &end);
	return kmend_place_find_kprobe(part->module_name, start, start, end, verdict);
}

static int prepare_code(struct kmend_part *part, struct kmend_verdict *verdict)
{
	struct kmend_specials specials = part->specials;
	int error;

	mutex_lock(kmend_kernel.kprobe_mutex);
	error = check_own_kprobes(part, verdict);
	if (!error)
		error = kmend_pristine_restore(part->pristine, part->module, &part->specials, verdict);
	if (!error)
		error = kmend_part_match(part, &specials.nr[0], verdict);
	mutex_unlock(kmend_kernel.kprobe_mutex);
	if (error)
		return error;
	/* What was there for an earlier target may have been fetched ahead by any CPU. */
	on_each_cpu(serialize_cpu, NULL, true);
	return kmend_special_begin(part->module, &specials, verdict);
}

/* The target is there: match it and make the part's code ready to run. On failure the target is refused. */
static int join(struct kmend_part *part, struct module *object)
{
	struct kmend_verdict *verdict = &part->verdict;
	int error;

	*verdict = (struct kmend_verdict){};
	part->object = object;
	lock_dynamic_debug();
	error = make_writable(part, verdict);
	if (!error) {
		error = prepare_code(part, verdict);
		make_read_only(part);
	}
	unlock_dynamic_debug();
	if (error) {
		kmend_part_unmatch(part);
		part->object = NULL;
		part->state = KMEND_TARGET_REFUSED;
		return error;
	}
	part->state = KMEND_TARGET_LOADED;
	return 0;
}

void kmend_target_leave(struct kmend_part *part)
{
	struct kmend_verdict unused;

	if (part->state == KMEND_TARGET_LOADED && part->object) {
		lock_dynamic_debug();
		/* If it cannot be made writable, nothing in it needs to be: keys there are rare. */
		make_writable(part, &unused);
		kmend_special_end(part->module);
		make_read_only(part);
		unlock_dynamic_debug();
	}
	kmend_part_unmatch(part);
	part->object = NULL;
	part->is_gradual = false; /* livepatch forgets the module next, if it had it */
	part->state = KMEND_TARGET_ARMED;
}

int kmend_target_load(struct kmend_part *part, struct kmend_verdict *verdict)
{
	const char *obstacle = kmend_special_obstacle(part->module);

	if (obstacle)
		return kmend_refuse(verdict, KMEND_REFUSE_UNSUPPORTED, "%s brings %s, and %s may come and go",
				    part->module_name, obstacle, part->target_name);
	kmend_special_hide(part->module, &part->specials);
	part->is_settling = true;
	return 0;
}

int kmend_target_register(struct kmend_part *part, struct kmend_verdict *verdict)
{
	struct module *object;
	int error;

	part->pristine = kmend_pristine_take(part->module);
	if (!part->pristine)
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while copying %s", part->module_name);
	part->is_settling = false;
	/* One that is just coming is joined when it is there; no update is applied meanwhile. */
	object = kmend_symbols_module(part->target_name, MODULE_STATE_LIVE);
	if (!object)
		return 0;
	error = check_bases(part, verdict);
	if (error == 1)
		return kmend_refuse(verdict, KMEND_REFUSE_TARGET_COMING, "%s", part->target_name);
	if (!error) {
		error = join(part, object);
		*verdict = part->verdict;
	}
	return error;
}

bool kmend_target_is_coming(const struct kmend_part *part)
{
	return part->state == KMEND_TARGET_ARMED && !kmend_part_is_vmlinux(part) &&
	       (kmend_symbols_module(part->target_name, MODULE_STATE_COMING) ||
		kmend_symbols_module(part->target_name, MODULE_STATE_LIVE));
}

bool kmend_target_is_late(const struct kmend_part *part)
{
	return part->module && part->state == KMEND_TARGET_REFUSED && part->verdict.refusal == KMEND_REFUSE_SWITCHING;
}

static void refuse_target(struct kmend_part *part)
{
	part->state = KMEND_TARGET_REFUSED;
	if (kmend_target_is_late(part)) {
		pr_info("update %s: target %s came while tasks are being switched, and is switched after them\n",
			part->instance->id, part->target_name);
		return;
	}
	pr_warn("update %s: target %s refused: %s: %s\n", part->instance->id, part->target_name,
		kmend_refusal_name(part->verdict.refusal), part->verdict.detail);
}

/* A part that waits for this module. */
static bool is_for(const struct kmend_part *part, const struct module *mod)
{
	return part->module && !part->is_settling && part->state == KMEND_TARGET_ARMED &&
	       !strcmp(part->target_name, mod->name);
}

/* Return: whether it was joined or refused, rather than put off. */
static bool come(struct kmend_part *part, struct module *mod)
{
	int error = check_bases(part, &part->verdict);

	if (error == 1)
		return false;
	/* Neither the old code nor the new would be right for all tasks. */
	if (!error &&
	    (part->instance->state == KMEND_STATE_SWITCHING || part->instance->state == KMEND_STATE_REVERSING))
		error = kmend_refuse(&part->verdict, KMEND_REFUSE_SWITCHING, "%s", part->instance->id);
	if (!error)
		error = join(part, mod);
	if (!error && part->instance->state == KMEND_STATE_APPLIED) {
		/* Its init has not begun: what waits for a target's start is not applied before (check_applicable()). */
		kmend_assert(mod->state == MODULE_STATE_COMING);
		error = kmend_transition_switch_unused(part, &part->verdict);
		if (error)
			kmend_target_leave(part);
		/* Nobody has run the target's code yet, but may have fetched it ahead. */
		on_each_cpu(serialize_cpu, NULL, true);
	}
	if (error)
		refuse_target(part);
	else
		pr_info("update %s: target %s %s\n", part->instance->id, part->target_name,
			part->instance->state == KMEND_STATE_APPLIED ? "switched" : "matched");
	kmend_instance_announce(part->instance);
	return true;
}

/* Its target is there, and not switched. */
static bool is_behind(const struct kmend_part *part)
{
	return part->state == KMEND_TARGET_LOADED && part->object && !part->is_gradual && !part->places;
}

/* Return: whether that is still to be done. */
static bool join_late(struct kmend_part *part)
{
	/* If it is not there, it is still coming, or just going. */
	struct module *object = kmend_symbols_module(part->target_name, MODULE_STATE_LIVE);
	int error = object ? check_bases(part, &part->verdict) : 1;

	if (error != 1)
		error = error ?: join(part, object);
	if (error == 1)
		return true;
	if (error)
		refuse_target(part);
	else
		pr_info("update %s: target %s matched\n", part->instance->id, part->target_name);
	kmend_instance_announce(part->instance);
	return false;
}

/* By a stop, since the target runs. It is not told to be there as long as it is not switched. */
static bool switch_late(struct kmend_instance *instance)
{
	struct kmend_verdict verdict = {};
	struct kmend_part *part;
	bool again;
	u32 i;
	int error = kmend_transition_catch_up(instance, &verdict);

	again = error && (verdict.refusal == KMEND_REFUSE_BUSY || verdict.refusal == KMEND_REFUSE_CODE_CHANGED ||
			  verdict.refusal == KMEND_REFUSE_OUT_OF_MEMORY);
	kmend_for_each_part(part, instance, i)
	{
		if (!error || !is_behind(part))
			continue;
		kmend_target_leave(part);
		part->state = KMEND_TARGET_REFUSED;
		part->verdict = verdict;
		if (again)
			part->verdict.refusal = KMEND_REFUSE_SWITCHING;
		else
			refuse_target(part);
	}
	if (!error)
		pr_info("update %s: targets that came while it was applied are switched\n", instance->id);
	kmend_instance_announce(instance);
	return again;
}

bool kmend_target_catch_up(struct kmend_instance *instance)
{
	struct kmend_part *part;
	bool again = false, behind = false;
	u32 i;

	if (instance->state != KMEND_STATE_READY && instance->state != KMEND_STATE_APPLIED)
		return false;
	kmend_for_each_part(part, instance, i)
	{
		if (kmend_target_is_late(part))
			again |= join_late(part);
		behind |= is_behind(part);
	}
	if (behind && instance->state == KMEND_STATE_APPLIED)
		again |= switch_late(instance);
	return again;
}

void kmend_target_comes(struct module *mod)
{
	struct kmend_instance *instance;
	struct kmend_part *part;
	bool progress = true;
	u32 i;

	kmend_assert(mutex_is_locked(&kmend_mutex));

	/* What is on top of others waits for them, so go round until nobody is left, or they wait in vain. */
	while (progress) {
		progress = false;
		list_for_each_entry (instance, &kmend_instances, node) {
			kmend_for_each_part(part, instance, i) progress |= is_for(part, mod) && come(part, mod);
		}
	}
}

void kmend_target_goes(struct module *mod)
{
	struct kmend_instance *instance;
	struct kmend_part *part;
	u32 i;

	list_for_each_entry (instance, &kmend_instances, node) {
		kmend_for_each_part(part, instance, i)
		{
			if (!part->module || strcmp(part->target_name, mod->name) || part->state == KMEND_TARGET_ARMED)
				continue;
			/* Its code with our jumps goes with it. */
			kmend_target_leave(part);
			pr_info("update %s: target %s is gone\n", instance->id, part->target_name);
			kmend_instance_announce(instance);
		}
	}
}
