// SPDX-License-Identifier: GPL-2.0
/*
 * What happens while the machine stands still. Nothing here sleeps, allocates, takes a lock or prints.
 *
 * The first CPU to arrive leads: it verifies, checks all stacks, and stores. The others wait with interrupts off until
 * it is done. Then every CPU serializes itself, so that none goes on with instructions it fetched before.
 *
 * NMIs still arrive, on the leader, too. place.c refuses functions in the sections made for code that NMIs and entries
 * run (.noinstr.text, .entry.text). Any other function that an NMI calls is entered by the old or by the new code,
 * whole, since each place changes by one store; one that an NMI is in already goes on in the old code, of which only
 * the bytes under the trampoline change. The stack check does not see NMI stacks.
 */
#include "kmend.h"

#include <linux/cpumask.h>
#include <linux/ktime.h>
#include <linux/stop_machine.h>
#include <asm/sync_core.h>

static void fail(struct kmend_stop *stop, enum kmend_refusal refusal, const struct kmend_function *culprit, u32 offset)
{
	stop->refusal = refusal;
	stop->culprit = culprit;
	stop->culprit_offset = offset;
}

/* Are the bytes to be overwritten what they must be, and all replaced code what it was built from? */
static bool verify(struct kmend_stop *stop)
{
	const struct kmend_function *function;
	u32 i, offset;

	for (i = 0; i < stop->nr_places; i++) {
		struct kmend_place *place = &stop->places[i];

		if (memcmp((void *)place->address, stop->reverse ? place->jump : place->original,
			   KMEND_TRAMPOLINE_SIZE)) {
			fail(stop, KMEND_REFUSE_CODE_CHANGED, place->function, place->function->trampoline_offset);
			return false;
		}
	}
	for (i = 0; stop->target && i < stop->target->nr_functions; i++) {
		function = &stop->target->functions[i];
		if (function->role == KMEND_ROLE_WITNESS)
			continue;
		if (!kmend_matching_verify(stop->target, function, stop->values, &offset)) {
			fail(stop, KMEND_REFUSE_CODE_CHANGED, function, offset);
			return false;
		}
	}
	return true;
}

/*
 * Put `to` where `from` is, by one 8-byte store that cannot tear. The bytes around it in the window, which may belong
 * to an ftrace site, stay as they are. Done through the alias, verified where the code runs.
 */
static bool store(struct kmend_place *place, const u8 *from, const u8 *to)
{
	u64 old = READ_ONCE(*place->window), new = old;

	if (memcmp((u8 *)&old + place->shift, from, KMEND_TRAMPOLINE_SIZE))
		return false;
	memcpy((u8 *)&new + place->shift, to, KMEND_TRAMPOLINE_SIZE);
	if (cmpxchg(place->window, old, new) != old)
		return false;
	return !memcmp((void *)place->address, to, KMEND_TRAMPOLINE_SIZE);
}

/* All places or none. */
static void commit(struct kmend_stop *stop)
{
	struct kmend_place *place;
	u32 i;

	for (i = 0; i < stop->nr_places; i++) {
		place = &stop->places[i];
		if (!store(place, stop->reverse ? place->jump : place->original,
			   stop->reverse ? place->original : place->jump))
			break;
	}
	if (i == stop->nr_places)
		return;
	fail(stop, KMEND_REFUSE_CODE_CHANGED, stop->places[i].function, stop->places[i].function->trampoline_offset);
	/* The one that failed may have been stored, too: undoing what was not done changes nothing. */
	for (; i != ~0u; i--) {
		place = &stop->places[i];
		store(place, stop->reverse ? place->original : place->jump,
		      stop->reverse ? place->jump : place->original);
	}
}

static void lead(struct kmend_stop *stop)
{
	if (!verify(stop))
		return;
	if (!kmend_stack_check(&stop->check)) {
		fail(stop, kmend_stack_refusal(&stop->check), NULL, 0);
		return;
	}
	if (stop->commit)
		commit(stop);
}

static int stopped(void *data)
{
	struct kmend_stop *stop = data;
	u64 began;

	if (atomic_inc_return(&stop->arrived) == 1) {
		began = ktime_get_mono_fast_ns();
		lead(stop);
		stop->pause_ns = ktime_get_mono_fast_ns() - began;
		/* Partner: the load below. Code stored above is seen by every CPU that sees `done`. */
		smp_store_release(&stop->done, true);
	} else {
		/* Partner: the store above. */
		while (!smp_load_acquire(&stop->done))
			cpu_relax();
	}
	/* No CPU goes on with what it fetched before; even one that was not in the code may have fetched it ahead. */
	sync_core();
	return 0;
}

int kmend_stop_run(struct kmend_stop *stop)
{
	atomic_set(&stop->arrived, 0);
	stop->done = false;
	stop->refusal = KMEND_REFUSE_NONE;
	return stop_machine(stopped, stop, cpu_online_mask);
}
