// SPDX-License-Identifier: GPL-2.0
/*
 * Seeing update modules arrive, before anything else of the kernel sets them up.
 */
#include "update.h"

#include <linux/notifier.h>

static int notify(struct notifier_block *block, unsigned long event, void *data)
{
	struct module *mod = data;
	struct kmend_update *update;

	switch (event) {
	case MODULE_STATE_COMING:
		update = kmend_inspect_find(mod);
		return update ? notifier_from_errno(kmend_instance_load(mod, update)) : NOTIFY_DONE;
	case MODULE_STATE_GOING:
		/* After its exit, which has unregistered it; or because its init failed, or another notifier. */
		kmend_instance_leave(mod);
		return NOTIFY_DONE;
	default:
		return NOTIFY_DONE;
	}
}

/*
 * Before jump labels (1), tracepoints, static calls (0): their notifiers use the fields that we fill in, and they
 * would have to be undone if we refused after them.
 */
static struct notifier_block notifier = {
	.notifier_call = notify,
	.priority = INT_MAX,
};

int kmend_notifier_init(void)
{
	return register_module_notifier(&notifier);
}

void kmend_notifier_exit(void)
{
	unregister_module_notifier(&notifier);
}
