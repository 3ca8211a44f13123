// SPDX-License-Identifier: GPL-2.0
/*
 * Updates and their states (drawn in abi.h). State changes only here, and in operate.c.
 *
 *   internal                abi state   directory
 *   refused                 refused     yes; the refused part's module is NULL
 *   no part registered yet  refused     only if there was one: no init has called kmend_register()
 *   some registered         loading     yes
 *   all registered          ready       yes
 *   applied                 applied     yes; the modules of all parts are pinned
 *   switching, reversing    the same    yes; likewise. gradual.c says when they end
 *   gone                    -           being removed, not in the list
 */
#include "update.h"

#include <linux/delay.h>
#include <linux/slab.h>
#include <linux/string.h>

DEFINE_MUTEX(kmend_mutex);
LIST_HEAD(kmend_instances);

struct kmend_instance *kmend_instance_find(const char *id)
{
	struct kmend_instance *instance;

	list_for_each_entry (instance, &kmend_instances, node) {
		if (!strcmp(instance->id, id))
			return instance;
	}
	return NULL;
}

struct kmend_part *kmend_instance_part_of(const struct module *mod)
{
	struct kmend_instance *instance;
	struct kmend_part *part;
	u32 i;

	list_for_each_entry (instance, &kmend_instances, node) {
		kmend_for_each_part(part, instance, i)
		{
			if (part->module == mod)
				return part;
		}
	}
	return NULL;
}

bool kmend_instance_is_in_force(const struct kmend_instance *instance)
{
	return instance->state == KMEND_STATE_APPLIED || instance->state == KMEND_STATE_SWITCHING ||
	       instance->state == KMEND_STATE_REVERSING;
}

void kmend_instance_announce(struct kmend_instance *instance)
{
	static const char *const names[] = {
		[KMEND_STATE_REFUSED] = "KMEND_STATE=refused",	   [KMEND_STATE_READY] = "KMEND_STATE=ready",
		[KMEND_STATE_APPLIED] = "KMEND_STATE=applied",	   [KMEND_STATE_LOADING] = "KMEND_STATE=loading",
		[KMEND_STATE_SWITCHING] = "KMEND_STATE=switching", [KMEND_STATE_REVERSING] = "KMEND_STATE=reversing",
	};
	char state[32], *environment[] = { state, NULL };

	if (!instance->has_kobject)
		return;
	strscpy(state, names[instance->state], sizeof(state));
	kobject_uevent_env(&instance->kobj, KOBJ_CHANGE, environment);
}

/* Every refusal is seen twice: in the directory and, once, in the kernel log. */
void kmend_instance_note_verdict(struct kmend_instance *instance, const struct kmend_verdict *verdict)
{
	instance->verdict = *verdict;
	if (verdict->refusal != KMEND_REFUSE_NONE)
		pr_warn("update %s refused: %s: %s\n", instance->id, kmend_refusal_name(verdict->refusal),
			verdict->detail);
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

static void free_parts(struct kmend_instance *instance)
{
	u32 i;

	for (i = 0; i < instance->nr_parts; i++) {
		kmend_part_free(instance->parts[i]);
		instance->parts[i] = NULL;
	}
	instance->nr_parts = 0;
	instance->nr_blockers = 0;
}

/* Take an instance out of the list. The caller then calls drop() on it, without the mutex. */
static void unlist(struct kmend_instance *instance)
{
	list_del_init(&instance->node);
	instance->is_gone = true;
	free_parts(instance);
}

/* Removing a directory waits for those who are reading or writing in it, and they may be waiting for the mutex. */
static void drop(struct kmend_instance *instance)
{
	if (instance->has_kobject)
		kobject_del(&instance->kobj);
	kobject_put(&instance->kobj);
}

static u32 count_modules(const struct kmend_instance *instance)
{
	const struct kmend_part *part;
	u32 i, nr = 0;

	kmend_for_each_part(part, instance, i) nr += part->module != NULL;
	return nr;
}

/* Was a part refused when it was loaded? Its name and the reason are still there. */
static bool has_refused(const struct kmend_instance *instance)
{
	const struct kmend_part *part;
	u32 i;

	kmend_for_each_part(part, instance, i)
	{
		if (!part->module)
			return true;
	}
	return false;
}

/* What the parts that are there amount to, for an update that is not applied. */
static void settle_state(struct kmend_instance *instance)
{
	const struct kmend_part *part;
	u32 i, nr_registered = 0;

	kmend_for_each_part(part, instance, i) nr_registered += part->is_registered;
	if (nr_registered == instance->nr_parts)
		instance->state = KMEND_STATE_READY;
	else if (!nr_registered || has_refused(instance))
		instance->state = KMEND_STATE_REFUSED;
	else
		instance->state = KMEND_STATE_LOADING;
}

/* Does the part fit to those that are there? */
static int check_fit(const struct kmend_instance *instance, const struct module *mod, const struct kmend_update *update,
		     struct kmend_verdict *verdict)
{
	const struct kmend_part *part;
	u32 i;

	if (update->nr_parts != instance->nr_parts || update->flags != instance->flags)
		return kmend_refuse(verdict, KMEND_REFUSE_DUPLICATE, "module %s is part of another build", mod->name);
	kmend_for_each_part(part, instance, i)
	{
		if (part->module && i == update->part)
			return kmend_refuse(verdict, KMEND_REFUSE_DUPLICATE, "module %s holds it, %s comes",
					    part->module_name, mod->name);
		if (part->module && !strcmp(part->target_name, update->targets->name))
			return kmend_refuse(verdict, KMEND_REFUSE_BAD_UPDATE, "%s and %s both change %s",
					    part->module_name, mod->name, part->target_name);
	}
	return 0;
}

/* The update that the module brings, or is a part of: one that is in the list, or a new one. */
static int find_or_make(const struct module *mod, const struct kmend_update *update,
			struct kmend_instance **ret_instance, struct kmend_verdict *verdict)
{
	struct kmend_instance *instance = kmend_instance_find(update->id);
	int error;

	if (instance && count_modules(instance)) {
		error = check_fit(instance, mod, update, verdict);
		if (error)
			kmend_instance_note_verdict(instance, verdict);
		else
			*ret_instance = instance;
		return error;
	}
	if (instance)
		free_parts(instance);
	else
		instance = new_instance(update->id);
	if (!instance)
		return -ENOMEM;
	instance->nr_parts = update->nr_parts;
	instance->flags = update->flags;
	instance->engine = update->flags & KMEND_UPDATE_GRADUAL ? KMEND_ENGINE_GRADUAL : KMEND_ENGINE_STOP;
	instance->pause_ns = 0;
	instance->verdict = (struct kmend_verdict){};
	kfree(instance->description);
	instance->description = kstrdup(update->description, GFP_KERNEL);
	*ret_instance = instance;
	return 0;
}

/* The part's module goes; its name and the reason stay to be read. */
static void refuse_part(struct kmend_part *part, const struct kmend_verdict *verdict)
{
	struct kmend_instance *instance = part->instance;

	kmend_instance_note_verdict(instance, verdict);
	kmend_part_forget(part);
	part->state = KMEND_TARGET_REFUSED;
	part->verdict = *verdict;
	settle_state(instance);
	if (add_directory(instance))
		pr_warn("update %s: no directory for it\n", instance->id);
}

/* One that was made for a part that cannot be: nobody has seen it, so nobody waits for the mutex in its directory. */
static void drop_unseen(struct kmend_instance *instance)
{
	if (count_modules(instance) || instance->has_kobject)
		return;
	unlist(instance);
	drop(instance);
}

static int load(struct module *mod, struct kmend_update *update, struct kmend_verdict *verdict)
{
	struct kmend_instance *instance;
	struct kmend_part *part;
	int error = find_or_make(mod, update, &instance, verdict);

	if (error)
		return error;
	part = kmend_part_new(instance, mod, update);
	if (!part) {
		drop_unseen(instance);
		return -ENOMEM;
	}
	kmend_part_free(instance->parts[update->part]);
	instance->parts[update->part] = part;
	error = kmend_part_load(part, verdict);
	if (error)
		refuse_part(part, verdict);
	return error;
}

/**
 * kmend_instance_load() - a module with an update, or a part of one, arrives: match and relocate it, or refuse it
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

static int register_part(struct kmend_part *part, struct kmend_verdict *verdict)
{
	int error = add_directory(part->instance);

	if (error)
		return error;
	if (!kmend_part_is_vmlinux(part)) {
		error = kmend_target_register(part, verdict);
		if (error) {
			refuse_part(part, verdict);
			return error;
		}
	}
	part->is_registered = true;
	settle_state(part->instance);
	kmend_instance_announce(part->instance);
	return 0;
}

int kmend_register(struct module *mod, struct kmend_update *update)
{
	struct kmend_verdict *verdict = kzalloc(sizeof(*verdict), GFP_KERNEL);
	struct kmend_part *part;
	int error = -ENOEXEC;

	if (!verdict)
		return -ENOMEM;
	mutex_lock(&kmend_mutex);
	part = kmend_instance_part_of(mod);
	if (part && part->update == update)
		error = register_part(part, verdict);
	mutex_unlock(&kmend_mutex);
	kfree(verdict);
	return error;
}
EXPORT_SYMBOL_GPL(kmend_register);

/* Return: a refusal of the last attempt to reverse, if the update is still applied. */
static int reverse_before_leaving(struct module *mod)
{
	struct kmend_part *part;
	int error = 0;

	mutex_lock(&kmend_mutex);
	part = kmend_instance_part_of(mod);
	if (part && kmend_instance_is_in_force(part->instance)) {
		part->instance->is_leaving = true;
		part->instance->leaver = current;
		error = kmend_instances_reverse(&part->instance, 1, true);
		if (!error && kmend_instance_is_in_force(part->instance))
			error = -EBUSY;
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

/* The module leaves; with its last one a ready update disappears. Nothing is done where no update came with it. */
void kmend_instance_leave(struct module *mod)
{
	struct kmend_instance *instance = NULL;
	struct kmend_part *part;
	bool is_last = false;

	mutex_lock(&kmend_mutex);
	part = kmend_instance_part_of(mod);
	if (part) {
		instance = part->instance;
		instance->parts[part->update->part] = NULL;
		kmend_part_free(part);
		settle_state(instance);
		/* A refusal stays to be read, though nothing is left of the update. */
		is_last = !count_modules(instance) && !has_refused(instance);
		if (is_last)
			unlist(instance);
		else
			kmend_instance_announce(instance);
	}
	mutex_unlock(&kmend_mutex);
	if (is_last)
		drop(instance);
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
