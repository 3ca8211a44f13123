// SPDX-License-Identifier: GPL-2.0
/*
 * What one function takes and another releases. If the change moves that into two functions of which each is entered on
 * its own, what was taken by the old code is released by the new code without having been taken, or is never released.
 * Seen as calls: one changed function takes more or less than before and releases nothing of that kind, another one
 * releases more or less and takes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static const struct {
	const char *take;
	const char *release;
	const char *what;
} pairs[] = {
	{ "mutex_lock", "mutex_unlock", "a mutex" },
	{ "down_read", "up_read", "a semaphore for reading" },
	{ "down_write", "up_write", "a semaphore for writing" },
	{ "down", "up", "a semaphore" },
	{ "_raw_spin_lock", "_raw_spin_unlock", "a spin lock" },
	{ "_raw_spin_lock_bh", "_raw_spin_unlock_bh", "a spin lock" },
	{ "_raw_spin_lock_irqsave", "_raw_spin_unlock_irqrestore", "a spin lock" },
	{ "lock_sock_nested", "release_sock", "a socket's lock" },
	{ "rtnl_lock", "rtnl_unlock", "the rtnl lock" },
	{ "fget", "fput", "a reference to a file" },
	{ "mntget", "mntput", "a reference to a mount" },
	{ "path_get", "path_put", "a reference to a path" },
	{ "igrab", "iput", "a reference to an inode" },
	{ "ihold", "iput", "a reference to an inode" },
	{ "get_device", "put_device", "a reference to a device" },
	{ "kobject_get", "kobject_put", "a reference to a kobject" },
	{ "pci_dev_get", "pci_dev_put", "a reference to a PCI device" },
	{ "of_node_get", "of_node_put", "a reference to a device tree node" },
	{ "fwnode_handle_get", "fwnode_handle_put", "a reference to a firmware node" },
	{ "try_module_get", "module_put", "a reference to a module" },
	{ "__module_get", "module_put", "a reference to a module" },
	{ "usb_get_dev", "usb_put_dev", "a reference to a USB device" },
	{ "usb_get_intf", "usb_put_intf", "a reference to a USB interface" },
	{ "clk_prepare", "clk_unprepare", "a prepared clock" },
	{ "clk_enable", "clk_disable", "an enabled clock" },
	{ "regulator_enable", "regulator_disable", "an enabled regulator" },
	{ "cpus_read_lock", "cpus_read_unlock", "the CPU hotplug lock" },
	{ "static_key_slow_inc", "static_key_slow_dec", "a static key" },
};

struct calls {
	size_t take, release;
};

struct counting {
	size_t pair;
	struct calls calls;
};

static int count(const struct kmend_referent *referent, const struct kmend_relocation_entry *relocation, void *context)
{
	struct counting *counting = context;
	const char *name = referent->kind == KMEND_REFERENT_EXTERNAL		     ? referent->symbol->name
			   : referent->kind == KMEND_REFERENT_ITEM && referent->item ? referent->item->name
										     : "";

	if (!kmend_relocation_is_relative(relocation->type))
		return 0;
	counting->calls.take += !strcmp(name, pairs[counting->pair].take);
	counting->calls.release += !strcmp(name, pairs[counting->pair].release);
	return 0;
}

/* How a changed function's calls of one pair changed. */
struct moved {
	const struct kmend_delta *delta;
	const struct kmend_item *item;
	int take, release;
};

static int look_at(const struct kmend_delta *delta, const struct kmend_item *item, size_t pair, struct moved **moved,
		   size_t *nr_moved, struct kmend_error *error)
{
	struct counting pre = { pair }, post = { pair };
	int r = references_visit(delta, KMEND_SIDE_PRE, item, count, &pre, error);
	struct moved *entry;

	if (!r)
		r = references_visit(delta, KMEND_SIDE_POST, item, count, &post, error);
	/* One that does both, before or after, sees to it itself. */
	if (r || (pre.calls.take && pre.calls.release) || (post.calls.take && post.calls.release) ||
	    (pre.calls.take == post.calls.take && pre.calls.release == post.calls.release))
		return r;
	entry = kmend_array_add(*moved, *nr_moved);
	*entry = (struct moved){ delta, item, (int)post.calls.take - (int)pre.calls.take,
				 (int)post.calls.release - (int)pre.calls.release };
	return 0;
}

static void tell(const struct moved *moved, size_t nr_moved, size_t pair, struct facts *facts)
{
	for (size_t i = 0; i < nr_moved; i++)
		for (size_t j = 0; j < nr_moved; j++) {
			const struct moved *taker = &moved[i], *releaser = &moved[j];

			if (i == j || !taker->take || !releaser->release ||
			    (taker->take > 0) != (releaser->release > 0))
				continue;
			fact_add(facts, "pairing-moved", releaser->delta->unit, releaser->item->name, 0,
				 "%s: %s() %s %s (%s) that %s() %s (%s)", releaser->delta->unit, releaser->item->name,
				 releaser->release > 0 ? "now releases" : "no longer releases", pairs[pair].what,
				 pairs[pair].release, taker->item->name,
				 taker->take > 0 ? "now takes" : "no longer takes", pairs[pair].take);
		}
}

int pairs_judge(const struct kmend_assess_input *input, struct facts *facts, struct kmend_error *error)
{
	int r = 0;

	for (size_t pair = 0; !r && pair < KMEND_ARRAY_SIZE(pairs); pair++) {
		struct moved *moved = NULL;
		size_t nr_moved = 0;

		for (size_t i = 0; !r && i < input->nr_deltas; i++)
			for (size_t j = 0; !r && j < input->deltas[i]->nr_items; j++) {
				const struct kmend_item *item = &input->deltas[i]->items[j];

				if (item->is_function && !item->parent && !item->forced &&
				    item->change == KMEND_CHANGE_CHANGED)
					r = look_at(input->deltas[i], item, pair, &moved, &nr_moved, error);
			}
		if (!r)
			tell(moved, nr_moved, pair, facts);
		free(moved);
	}
	return r;
}
