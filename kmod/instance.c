// SPDX-License-Identifier: GPL-2.0
/*
 * Updates and their states (drawn in abi.h). State changes only here.
 *
 *   internal               abi state   module   directory
 *   refused                refused     NULL     yes
 *   matched, not yet       refused     set      only if there was one: init has not called kmend_register()
 *   ready                  ready       set      yes
 *   applied                applied     set      yes; the module is pinned
 *   gone                   -           -        being removed, not in the list
 */
#include "kmend.h"

#include <linux/delay.h>
#include <linux/slab.h>
#include <linux/string.h>

DEFINE_MUTEX(kmend_mutex);
LIST_HEAD(kmend_instances);

static struct kmend_instance *find_id(const char *id)
{
	struct kmend_instance *instance;

	list_for_each_entry (instance, &kmend_instances, node) {
		if (!strcmp(instance->id, id))
			return instance;
	}
	return NULL;
}

static struct kmend_instance *instance_of_module(const struct module *mod)
{
	struct kmend_instance *instance;

	list_for_each_entry (instance, &kmend_instances, node) {
		if (instance->module == mod)
			return instance;
	}
	return NULL;
}

struct kmend_instance *kmend_instance_over(unsigned long start, unsigned long end)
{
	struct kmend_instance *instance;
	u32 i;

	list_for_each_entry (instance, &kmend_instances, node) {
		for (i = 0; i < instance->nr_places; i++) {
			if (instance->places[i].address < end &&
			    start < instance->places[i].address + KMEND_TRAMPOLINE_SIZE)
				return instance;
		}
	}
	return NULL;
}

const char *kmend_instance_function_name(const struct kmend_instance *instance, unsigned long address)
{
	const struct kmend_target *target = instance->target;
	const struct kmend_function *function;
	unsigned long start, size;
	u32 i;

	if (!target)
		return "?";
	for (i = 0; i < target->nr_functions; i++) {
		function = &target->functions[i];
		if (instance->blocked_reversing) {
			start = (unsigned long)function->replacement;
			size = function->replacement_size;
		} else {
			start = function->run_address;
			size = function->pre_size;
		}
		if (address >= start && address - start < size)
			return function->name;
	}
	return instance->module_name;
}

static void announce(struct kmend_instance *instance)
{
	static const char *const names[] = {
		[KMEND_STATE_REFUSED] = "KMEND_STATE=refused",
		[KMEND_STATE_READY] = "KMEND_STATE=ready",
		[KMEND_STATE_APPLIED] = "KMEND_STATE=applied",
	};
	char state[32], *environment[] = { state, NULL };

	strscpy(state, names[instance->state], sizeof(state));
	kobject_uevent_env(&instance->kobj, KOBJ_CHANGE, environment);
}

/* Every refusal is seen twice: in the directory and, once, in the kernel log. */
static void note_verdict(struct kmend_instance *instance, const struct kmend_verdict *verdict)
{
	instance->verdict = *verdict;
	if (verdict->refusal != KMEND_REFUSE_NONE)
		pr_warn("update %s refused: %s: %s\n", instance->id, kmend_refusal_name(verdict->refusal),
			verdict->detail);
}

/* Forget everything that lies in the module or describes it. */
static void forget_module(struct kmend_instance *instance)
{
	instance->module = NULL;
	instance->update = NULL;
	instance->target = NULL;
	instance->nr_blockers = 0;
	kvfree(instance->values);
	instance->values = NULL;
}

/* The directory of an instance in the list; there may be one from an earlier load. */
static int add_directory(struct kmend_instance *instance)
{
	int error;

	if (instance->has_kobject)
		return 0;
	error = kobject_add(&instance->kobj, NULL, "%s", instance->id);
	if (error)
		return error;
	instance->has_kobject = true;
	kobject_uevent(&instance->kobj, KOBJ_ADD);
	return 0;
}

static struct kmend_instance *new_instance(const char *id)
{
	struct kmend_instance *instance = kzalloc(sizeof(*instance), GFP_KERNEL);

	if (!instance)
		return NULL;
	strscpy(instance->id, id, sizeof(instance->id));
	instance->state = KMEND_STATE_REFUSED;
	instance->kobj.kset = kmend_kset;
	kobject_init(&instance->kobj, &kmend_instance_type);
	list_add_tail(&instance->node, &kmend_instances);
	return instance;
}

/* Take an instance out of the list. The caller then calls drop() on it, without the mutex. */
static void unlist(struct kmend_instance *instance)
{
	list_del_init(&instance->node);
	instance->is_gone = true;
	forget_module(instance);
}

/* Removing a directory waits for those who are reading or writing in it, and they may be waiting for the mutex. */
static void drop(struct kmend_instance *instance)
{
	if (instance->has_kobject)
		kobject_del(&instance->kobj);
	kobject_put(&instance->kobj);
}

static int match_and_relocate(struct kmend_instance *instance, struct kmend_verdict *verdict)
{
	struct kmend_target *target;
	int error = kmend_inspect_update(instance->module, instance->update, verdict);

	if (error)
		return error;
	target = &instance->update->targets[0];
	instance->target = target;
	instance->values = kvcalloc(max(target->nr_symbols, 1u), sizeof(*instance->values), GFP_KERNEL);
	if (!instance->values)
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "%u symbols", target->nr_symbols);
	error = kmend_matching_locate(target, instance->values, verdict);
	if (!error)
		error = kmend_relocate(instance->module, target, verdict);
	return error;
}

static int load(struct module *mod, struct kmend_update *update, struct kmend_verdict *verdict)
{
	struct kmend_instance *instance = find_id(update->id);
	bool is_new = !instance;
	int error;

	if (instance && instance->module) {
		error = kmend_refuse(verdict, KMEND_REFUSE_DUPLICATE, "module %s holds it, %s comes",
				     instance->module_name, mod->name);
		note_verdict(instance, verdict);
		return error;
	}
	if (is_new)
		instance = new_instance(update->id);
	if (!instance)
		return -ENOMEM;
	instance->module = mod;
	instance->update = update;
	instance->escapes = update->flags & KMEND_UPDATE_ESCAPES;
	instance->pause_ns = 0;
	strscpy(instance->module_name, mod->name, sizeof(instance->module_name));
	kfree(instance->description);
	instance->description = kstrdup(update->description, GFP_KERNEL);

	error = match_and_relocate(instance, verdict);
	note_verdict(instance, verdict);
	if (!error)
		return 0;
	forget_module(instance);
	if (add_directory(instance))
		pr_warn("update %s: no directory for it\n", instance->id);
	return error;
}

/**
 * kmend_instance_load() - a module with an update arrives: match and relocate it, or refuse it
 * @mod:    in state COMING
 * @update: in it; nothing of it has been checked
 *
 * Return: 0, or the error that makes the loader refuse the module.
 */
int kmend_instance_load(struct module *mod, struct kmend_update *update)
{
	struct kmend_verdict *verdict = kzalloc(sizeof(*verdict), GFP_KERNEL);
	int error;

	if (!verdict)
		return -ENOMEM;
	error = kmend_inspect_header(mod, update, verdict);
	if (error) {
		/* It has no id to be known by, so the log alone can tell. */
		pr_warn("module %s refused: %s: %s\n", mod->name, kmend_refusal_name(verdict->refusal),
			verdict->detail);
	} else {
		mutex_lock(&kmend_mutex);
		error = load(mod, update, verdict);
		mutex_unlock(&kmend_mutex);
	}
	kfree(verdict);
	return error;
}

int kmend_register(struct module *mod, struct kmend_update *update)
{
	struct kmend_instance *instance;
	int error = -ENOEXEC;

	mutex_lock(&kmend_mutex);
	instance = instance_of_module(mod);
	if (instance && instance->update == update)
		error = add_directory(instance);
	if (!error) {
		instance->state = KMEND_STATE_READY;
		announce(instance);
	}
	mutex_unlock(&kmend_mutex);
	return error;
}
EXPORT_SYMBOL_GPL(kmend_register);

/* Return: a refusal of the last attempt to reverse, if the update is still applied. */
static int reverse_before_leaving(struct module *mod)
{
	struct kmend_instance *instance;
	int error = 0;

	mutex_lock(&kmend_mutex);
	instance = instance_of_module(mod);
	if (instance && instance->state == KMEND_STATE_APPLIED) {
		instance->is_leaving = true;
		error = kmend_instance_reverse(instance, true);
	}
	mutex_unlock(&kmend_mutex);
	return error;
}

void kmend_unregister(struct module *mod, struct kmend_update *update)
{
	/* Only rmmod --force gets here with the update applied. Its code must not be freed while it is in use. */
	while (reverse_before_leaving(mod))
		msleep(1000);
	kmend_instance_leave(mod);
}
EXPORT_SYMBOL_GPL(kmend_unregister);

/* The module leaves: a ready update disappears. Nothing is done where no update came with it. */
void kmend_instance_leave(struct module *mod)
{
	struct kmend_instance *instance;

	mutex_lock(&kmend_mutex);
	instance = instance_of_module(mod);
	if (instance)
		unlist(instance);
	mutex_unlock(&kmend_mutex);
	if (instance)
		drop(instance);
}

/* Applying is possible in ready only; kmend_mutex is held. */
static int apply(struct kmend_instance *instance, bool commit, struct kmend_verdict *verdict)
{
	int error;

	if (instance->state == KMEND_STATE_APPLIED)
		return kmend_refuse(verdict, KMEND_REFUSE_ALREADY_APPLIED, "%s", instance->id);
	if (instance->state != KMEND_STATE_READY)
		return kmend_refuse(verdict, KMEND_REFUSE_NOT_APPLIED, "it was refused when it was loaded");
	if (!instance->is_pinned && !try_module_get(instance->module))
		return kmend_refuse(verdict, KMEND_REFUSE_STOP_FAILED, "module %s is leaving", instance->module_name);
	error = kmend_switch_apply(instance, commit, verdict);
	if (error || !commit) {
		if (!instance->is_pinned)
			module_put(instance->module);
		return error;
	}
	instance->is_pinned = true;
	instance->state = KMEND_STATE_APPLIED;
	return 0;
}

static int reverse(struct kmend_instance *instance, bool commit, struct kmend_verdict *verdict)
{
	int error;

	if (instance->state != KMEND_STATE_APPLIED)
		return kmend_refuse(verdict, KMEND_REFUSE_NOT_APPLIED, "%s", instance->id);
	error = kmend_switch_reverse(instance, commit, verdict);
	if (error || !commit)
		return error;
	instance->state = KMEND_STATE_READY;
	/* Live data may still hold addresses in the module; then it stays, inert, until the next boot. */
	if (!instance->escapes) {
		instance->is_pinned = false;
		module_put(instance->module);
	}
	return 0;
}

/* Either operation, with its report. */
static int operate(struct kmend_instance *instance, bool commit, const char *done,
		   int (*operation)(struct kmend_instance *instance, bool commit, struct kmend_verdict *verdict))
{
	struct kmend_verdict *verdict = kzalloc(sizeof(*verdict), GFP_KERNEL);
	int error;

	lockdep_assert_held(&kmend_mutex);
	if (!verdict)
		return -ENOMEM;
	instance->nr_blockers = 0;
	error = operation(instance, commit, verdict);
	note_verdict(instance, verdict);
	kfree(verdict);
	if (!error && commit) {
		pr_info("update %s %s\n", instance->id, done);
		announce(instance);
	}
	return error;
}

/**
 * kmend_instance_apply() - switch to the replacements
 * @instance: in the list
 * @commit: false: do everything but the switch itself
 *
 * kmend_mutex is held. Return: 0, or the errno of the refusal that is noted in the instance.
 */
int kmend_instance_apply(struct kmend_instance *instance, bool commit)
{
	return operate(instance, commit, "applied", apply);
}

/**
 * kmend_instance_reverse() - switch back
 * @instance: in the list
 * @commit: false: do everything but the switch itself
 *
 * As kmend_instance_apply().
 */
int kmend_instance_reverse(struct kmend_instance *instance, bool commit)
{
	return operate(instance, commit, "reversed", reverse);
}

/* kmend.ko leaves: no update module is loaded, since each needs it; only refused ones may be in the list. */
void kmend_instances_drop(void)
{
	struct kmend_instance *instance;

	for (;;) {
		mutex_lock(&kmend_mutex);
		instance = list_first_entry_or_null(&kmend_instances, struct kmend_instance, node);
		if (instance)
			unlist(instance);
		mutex_unlock(&kmend_mutex);
		if (!instance)
			return;
		drop(instance);
	}
}
