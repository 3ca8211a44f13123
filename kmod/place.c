// SPDX-License-Identifier: GPL-2.0
/*
 * Where a trampoline goes, and everything that makes a place unsafe.
 */
#include "kmend.h"

#include <linux/kprobes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define JMP32 0xe9
#define CACHE_LINE 64ul
#define WINDOW sizeof(u64)

/*
 * The 8 bytes that are stored at once. Such a store cannot tear, neither for other CPUs' instruction fetch nor for an
 * NMI on this one, as long as it stays within one cache line. Aligned where possible. A cache line lies in one page,
 * so the window's alias never needs two.
 */
static bool choose_window(unsigned long address, unsigned long *ret_window)
{
	unsigned long line = address & ~(CACHE_LINE - 1);
	unsigned long window = address & ~(WINDOW - 1);

	if (address + KMEND_TRAMPOLINE_SIZE > line + CACHE_LINE)
		return false;
	if (address + KMEND_TRAMPOLINE_SIZE > window + WINDOW)
		window = min(address, line + CACHE_LINE - WINDOW);
	*ret_window = window;
	return true;
}

/* A very short function: the trampoline reaches into the padding behind it, which must really be padding. */
static bool is_padding(const struct kmend_function *function, unsigned long end)
{
	unsigned long from = function->run_address + function->pre_size, size, offset;
	u8 bytes[KMEND_TRAMPOLINE_SIZE];
	u32 i, nr;

	if (end <= from)
		return true;
	/* The next symbol must not begin before the trampoline's end, however much its code looks like padding. */
	if (!kmend_kernel.lookup_size(function->run_address, &size, &offset) || offset ||
	    function->run_address + size < end)
		return false;
	nr = end - from;
	if (nr > sizeof(bytes) || copy_from_kernel_nofault(bytes, (void *)from, nr))
		return false;
	if (kmend_match_is_nops(bytes, nr))
		return true;
	for (i = 0; i < nr; i++) {
		if (bytes[i] != 0xcc)
			return false;
	}
	return true;
}

/* Code that an NMI or an entry from user space may be running while everything else stands still. */
static bool runs_without_stop(unsigned long address)
{
	return (address >= (unsigned long)kmend_kernel.noinstr_start &&
		address < (unsigned long)kmend_kernel.noinstr_end) ||
	       (address >= (unsigned long)kmend_kernel.entry_start && address < (unsigned long)kmend_kernel.entry_end);
}

int kmend_place_prepare(struct kmend_place *place, const struct kmend_function *function, struct kmend_verdict *verdict)
{
	unsigned long address = function->run_address + function->trampoline_offset, window;
	struct kmend_instance *other;

	*place = (struct kmend_place){ .function = function, .address = address };
	if (runs_without_stop(address))
		return kmend_refuse(verdict, KMEND_REFUSE_RUNS_IN_STOP, "%s may run in an NMI", function->name);
	other = kmend_instance_over(function->run_address, address + KMEND_TRAMPOLINE_SIZE);
	if (other)
		return kmend_refuse(verdict, KMEND_REFUSE_ALREADY_REPLACED, "%s is replaced by update %s",
				    function->name, other->id);
	if (!choose_window(address, &window))
		return kmend_refuse(verdict, KMEND_REFUSE_UNSAFE_PLACE, "%s+0x%x crosses a cache line", function->name,
				    function->trampoline_offset);
	if (!is_padding(function, address + KMEND_TRAMPOLINE_SIZE))
		return kmend_refuse(verdict, KMEND_REFUSE_UNSAFE_PLACE, "%s is too short", function->name);
	if (copy_from_kernel_nofault(place->original, (void *)address, KMEND_TRAMPOLINE_SIZE))
		return kmend_refuse(verdict, KMEND_REFUSE_UNSAFE_PLACE, "%s cannot be read", function->name);
	place->jump[0] = JMP32;
	if (!kmend_field_write(KMEND_FIELD_PC32, place->jump + 1, address + 1, (unsigned long)function->replacement,
			       -4))
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_REACH, "from %s to its replacement", function->name);
	place->shift = address - window;
	return 0;
}

int kmend_place_map(struct kmend_place *place)
{
	int error = kmend_alias_map(place->address - place->shift, WINDOW, &place->alias);

	if (!error)
		place->window = place->alias.start;
	return error;
}

void kmend_place_unmap(struct kmend_place *place)
{
	place->window = NULL;
	kmend_alias_unmap(&place->alias);
}

int kmend_place_find_kprobe(const char *name, unsigned long start, unsigned long from, unsigned long to,
			    struct kmend_verdict *verdict)
{
	unsigned long at;
	bool found = false;

	/* get_kprobe() walks an RCU list and wants preemption off. */
	preempt_disable();
	for (at = from; at < to && !found; at++) {
		struct kprobe *probe = kmend_kernel.get_kprobe((void *)at);

		/* One that uses the ftrace site changes no byte of its own. */
		found = probe && !(probe->flags & KPROBE_FLAG_FTRACE);
	}
	preempt_enable();
	if (!found)
		return 0;
	return kmend_refuse(verdict, KMEND_REFUSE_KPROBE, "%s+0x%lx", name, at - 1 - start);
}

int kmend_place_check_kprobes(const struct kmend_place *place, struct kmend_verdict *verdict)
{
	unsigned long from = place->address - KMEND_TRAMPOLINE_SIZE + 1;

	/* A probe just before the trampoline may be optimised into a jump that reaches into it. */
	from = max_t(unsigned long, from, place->function->run_address);
	return kmend_place_find_kprobe(place->function->name, place->function->run_address, from,
				       place->address + KMEND_TRAMPOLINE_SIZE, verdict);
}

int kmend_place_check_livepatch(const struct kmend_place *place, struct kmend_verdict *verdict)
{
	bool found;

	if (!kmend_kernel.klp_find_ops)
		return 0; /* a kernel without livepatch */
	mutex_lock(kmend_kernel.klp_mutex);
	found = kmend_kernel.klp_find_ops((void *)(unsigned long)place->function->run_address);
	mutex_unlock(kmend_kernel.klp_mutex);
	return found ? kmend_refuse(verdict, KMEND_REFUSE_LIVEPATCH, "%s", place->function->name) : 0;
}
