// SPDX-License-Identifier: GPL-2.0
/*
 * Seeing modules come and go: update modules before anything else of the kernel sets them up, targets behind it all.
 */
#include "update.h"

#include <linux/notifier.h>
#include <linux/slab.h>

static int notify_first(struct notifier_block *block, unsigned long event, void *data)
{
	struct module *mod = data;
	struct kmend_update *update;

	switch (event) {
	case MODULE_STATE_COMING:
		update = kmend_inspect_find(mod);
		return update ? notifier_from_errno(kmend_instance_load(mod, update)) : NOTIFY_DONE;
	case MODULE_STATE_GOING:
		/*
		 * After its exit, which has unregistered an update module; or because its init failed, or another
		 * notifier. A target's parts must leave it before its memory is freed.
		 */
		kmend_instance_leave(mod);
		mutex_lock(&kmend_mutex);
		kmend_target_goes(mod);
		mutex_unlock(&kmend_mutex);
		return NOTIFY_DONE;
	default:
		return NOTIFY_DONE;
	}
}

static bool is_led_away(struct kmend_instance *instance, struct kmend_verdict *verdict)
{
	const struct kmend_part *part;
	u32 i, j;

	kmend_for_each_part(part, instance, i)
	{
		for (j = 0; j < part->nr_places; j++) {
			if (kmend_place_check_livepatch(part->places[j].function, verdict))
				return true;
		}
	}
	return false;
}

/*
 * A livepatch of somebody else is in force from now on. It may lead a function away before our jump is reached: that cannot
 * be refused, since the kernel asks nobody, but is told in each update concerned.
 */
static void tell_livepatch(const struct module *mod)
{
	struct kmend_instance *instance;
	struct kmend_verdict *verdict = kzalloc(sizeof(*verdict), GFP_KERNEL);

	mutex_lock(&kmend_mutex);
	list_for_each_entry (instance, &kmend_instances, node) {
		if (!verdict || instance->state != KMEND_STATE_APPLIED || instance->engine != KMEND_ENGINE_STOP ||
		    !is_led_away(instance, verdict))
			continue;
		instance->verdict = *verdict;
		pr_warn("update %s: livepatch %s replaces %s, too, and is what is called\n", instance->id, mod->name,
			verdict->detail);
		kmend_instance_announce(instance);
	}
	mutex_unlock(&kmend_mutex);
	kfree(verdict);
}

static int notify_last(struct notifier_block *block, unsigned long event, void *data)
{
	switch (event) {
	case MODULE_STATE_COMING:
		/* Before its init. */
	case MODULE_STATE_LIVE:
		/* Only for a part that could not join it earlier, since it was being loaded itself. */
		mutex_lock(&kmend_mutex);
		kmend_target_comes(data);
		mutex_unlock(&kmend_mutex);
		if (event == MODULE_STATE_LIVE && is_livepatch_module(data))
			tell_livepatch(data);
		return NOTIFY_DONE;
	default:
		return NOTIFY_DONE;
	}
}

/*
 * Before jump labels (1), tracepoints, static calls (0): their notifiers use the fields that we fill in, and they
 * would have to be undone if we refused after them.
 */
static struct notifier_block first = {
	.notifier_call = notify_first,
	.priority = INT_MAX,
};

/* Behind them: a target is matched as they have left it. */
static struct notifier_block last = {
	.notifier_call = notify_last,
	.priority = INT_MIN,
};

int kmend_notifier_init(void)
{
	int error = register_module_notifier(&first);

	if (error)
		return error;
	error = register_module_notifier(&last);
	if (error)
		unregister_module_notifier(&first);
	return error;
}

void kmend_notifier_exit(void)
{
	unregister_module_notifier(&last);
	unregister_module_notifier(&first);
}
