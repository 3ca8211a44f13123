// SPDX-License-Identifier: GPL-2.0
/*
 * What one function takes and another releases. If the change moves that into two functions of which each is entered on
 * its own, what was taken by the old code is released by the new code without having been taken, or is never released.
 * Seen as calls: one changed function takes more or less than before and releases nothing of that kind, another one
 * releases more or less and takes nothing, nor calls the one that takes (then it releases what was taken for it).
 * Who holds a spin lock is on a CPU, with nobody let in until it is released; so no switch ever falls between its two calls.
 * A refcount_t is counted up and down inline; what its code calls when the count is wrong tells which it is.
 *
 * Memory goes back to where it came from: if it comes from elsewhere now, what is there would be given back to the wrong
 * place after the switch, or what the update took after its reversal. A function that takes such memory mostly gives it
 * back, too, when it fails; so only another one counts that gives it back and takes none.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* lib/refcount.c */
#define REFCOUNT "refcount_warn_saturate"

static const struct {
	const char *take;
	const char *release;
	const char *what;
	bool is_memory;
	bool takes_other; /* the release knows what to do with what was taken before, too */
} pairs[] = {
	{ "mutex_lock", "mutex_unlock", "a mutex" },
	{ "mutex_lock_interruptible", "mutex_unlock", "a mutex" },
	{ "mutex_lock_killable", "mutex_unlock", "a mutex" },
	{ "down_read", "up_read", "a semaphore for reading" },
	{ "down_write", "up_write", "a semaphore for writing" },
	{ "down", "up", "a semaphore" },
	{ "lock_sock_nested", "release_sock", "a socket's lock" },
	{ "rtnl_lock", "rtnl_unlock", "the rtnl lock" },
	{ "fget", "fput", "a reference to a file" },
	{ "mntget", "mntput", "a reference to a mount" },
	{ "path_get", "path_put", "a reference to a path" },
	{ "lockref_get", "dput", "a reference to a directory entry" },
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
	{ "usb_autopm_get_interface", "usb_autopm_put_interface", "a USB interface that is kept awake" },
	{ "__pm_runtime_resume", "__pm_runtime_idle", "a device that is kept awake" },
	{ "__pm_runtime_resume", "__pm_runtime_suspend", "a device that is kept awake" },
	{ "bpf_map_inc", "bpf_map_put", "a reference to a BPF map" },
	{ "bpf_prog_inc", "bpf_prog_put", "a reference to a BPF program" },
	{ "clk_prepare", "clk_unprepare", "a prepared clock" },
	{ "clk_enable", "clk_disable", "an enabled clock" },
	{ "regulator_enable", "regulator_disable", "an enabled regulator" },
	{ "cpus_read_lock", "cpus_read_unlock", "the CPU hotplug lock" },
	{ "static_key_slow_inc", "static_key_slow_dec", "a static key" },
	{ "kvmalloc_node", "kvfree", "memory", .is_memory = true, .takes_other = true },
	{ "vmalloc", "vfree", "memory", .is_memory = true },
	{ "vzalloc", "vfree", "memory", .is_memory = true },
	{ "__vmalloc", "vfree", "memory", .is_memory = true },
	{ "vmalloc_user", "vfree", "memory", .is_memory = true },
	{ "kmem_cache_alloc", "kmem_cache_free", "memory", .is_memory = true },
	{ "__alloc_percpu", "free_percpu", "memory of each CPU", .is_memory = true },
	{ "__alloc_percpu_gfp", "free_percpu", "memory of each CPU", .is_memory = true },
	{ "alloc_pages_exact", "free_pages_exact", "pages", .is_memory = true },
	{ "dma_alloc_attrs", "dma_free_attrs", "memory for DMA", .is_memory = true },
	{ "usb_alloc_coherent", "usb_free_coherent", "memory for DMA", .is_memory = true },
	{ "mempool_alloc", "mempool_free", "memory", .is_memory = true },
	{ "ida_alloc_range", "ida_free", "a number", .is_memory = true },
	{ "l2cap_chan_hold", "l2cap_chan_put", "a reference to an L2CAP channel" },
	{ "sctp_association_hold", "sctp_association_put", "a reference to an SCTP association" },
	{ "sctp_endpoint_hold", "sctp_endpoint_put", "a reference to an SCTP endpoint" },
	{ "sctp_transport_hold", "sctp_transport_put", "a reference to an SCTP transport" },
	{ "nfc_get_device", "nfc_put_device", "a reference to an NFC device" },
	{ "nfc_llcp_local_get", "nfc_llcp_local_put", "a reference to an LLCP socket list" },
	{ "scsi_device_get", "scsi_device_put", "a reference to a SCSI device" },
	{ "scsi_host_get", "scsi_host_put", "a reference to a SCSI host" },
	{ "blk_get_queue", "blk_put_queue", "a reference to a request queue" },
	{ "blk_mq_freeze_queue", "blk_mq_unfreeze_queue", "a frozen request queue" },
	{ "drm_dev_get", "drm_dev_put", "a reference to a DRM device" },
	{ "usb_get_urb", "usb_free_urb", "a reference to a URB" },
	{ "kernfs_get", "kernfs_put", "a reference to a kernfs node" },
	{ REFCOUNT, REFCOUNT, "a reference that is counted (refcount_t)" },
};

/* include/linux/refcount.h: the second argument, which the code loads right before the call. */
static const struct {
	uint8_t number;
	bool is_take;
} refcount_kinds[] = {
	{ 1, true },  /* REFCOUNT_ADD_OVF; beside it there is always the next one */
	{ 2, true },  /* REFCOUNT_ADD_UAF */
	{ 3, false }, /* REFCOUNT_SUB_UAF */
	{ 4, false }, /* REFCOUNT_DEC_LEAK */
};

struct calls {
	size_t take, release;
};

struct counting {
	size_t pair;
	const struct kmend_object_symbol *symbol;
	struct calls calls;
};

/* Which kind of count a call of REFCOUNT is about, by the "mov $kind,%esi" in the few instructions before it. */
static void count_refcount(const struct kmend_object_symbol *symbol, uint64_t call, struct calls *calls)
{
	static const uint8_t load = 0xbe;
	const uint8_t *code = symbol->section->data;
	uint64_t nearest = symbol->value + 16 < call ? call - 16 : symbol->value;

	for (uint64_t at = call; at >= nearest + 5; at--) {
		const uint8_t *instruction = code + at - 5;

		if (instruction[0] != load || instruction[2] || instruction[3] || instruction[4])
			continue;
		for (size_t i = 0; i < KMEND_ARRAY_SIZE(refcount_kinds); i++)
			if (refcount_kinds[i].number == instruction[1])
				*(refcount_kinds[i].is_take ? &calls->take : &calls->release) += 1;
		return;
	}
}

static int count(const struct kmend_referent *referent, const struct kmend_relocation_entry *relocation, void *context)
{
	struct counting *counting = context;
	const char *name = referent->kind == KMEND_REFERENT_EXTERNAL		     ? referent->symbol->name
			   : referent->kind == KMEND_REFERENT_ITEM && referent->item ? referent->item->name
										     : "";

	if (!kmend_relocation_is_relative(relocation->type))
		return 0;
	if (!strcmp(pairs[counting->pair].take, REFCOUNT)) {
		/* The relocation is that of the call's operand, behind the opcode. */
		if (!strcmp(name, REFCOUNT) && counting->symbol->section->data)
			count_refcount(counting->symbol, relocation->offset - 1, &counting->calls);
		return 0;
	}
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
	struct counting pre = { pair, item->pre }, post = { pair, item->post };
	int r = references_visit(delta, KMEND_SIDE_PRE, item, count, &pre, error);
	struct moved *entry;
	int take, release;

	if (!r)
		r = references_visit(delta, KMEND_SIDE_POST, item, count, &post, error);
	if (r)
		return r;
	take = (int)post.calls.take - (int)pre.calls.take;
	release = (int)post.calls.release - (int)pre.calls.release;
	if (pairs[pair].is_memory) {
		/* From there at all, or not. */
		take = !!post.calls.take - !!pre.calls.take;
		release = pre.calls.take || post.calls.take ? 0 : !!post.calls.release - !!pre.calls.release;
	} else if ((pre.calls.take && pre.calls.release) || (post.calls.take && post.calls.release)) {
		return 0; /* One that does both, before or after, sees to it itself. */
	}
	if (!take && !release)
		return 0;
	entry = kmend_array_add(*moved, *nr_moved);
	*entry = (struct moved){ delta, item, take, release };
	return 0;
}

struct search {
	const struct kmend_item *item;
	bool is_found;
};

static int find_call(const struct kmend_referent *referent, const struct kmend_relocation_entry *relocation,
		     void *context)
{
	struct search *search = context;

	search->is_found |= referent->kind == KMEND_REFERENT_ITEM && referent->item == search->item &&
			    kmend_relocation_is_relative(relocation->type);
	return 0;
}

static bool calls(const struct moved *caller, const struct moved *callee)
{
	struct search search = { callee->item };

	return caller->delta == callee->delta &&
	       !references_visit(caller->delta, KMEND_SIDE_POST, caller->item, find_call, &search, NULL) &&
	       search.is_found;
}

static void tell(const struct moved *moved, size_t nr_moved, size_t pair, struct facts *facts)
{
	for (size_t i = 0; i < nr_moved; i++)
		for (size_t j = 0; j < nr_moved; j++) {
			const struct moved *taker = &moved[i], *releaser = &moved[j];

			if (i == j || !taker->take || !releaser->release ||
			    (taker->take > 0) != (releaser->release > 0) || calls(releaser, taker))
				continue;
			fact_add(facts,
				 pairs[pair].takes_other && taker->take > 0 ? "pairing-moved-note" : "pairing-moved",
				 releaser->delta->unit, releaser->item->name, 0,
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
