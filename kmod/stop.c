// SPDX-License-Identifier: GPL-2.0
/*
 * What happens while the machine stands still. Nothing here sleeps, allocates, takes a lock or prints. kmend_mutex is
 * held by who asked for the stop, so the lists of updates and places do not change.
 *
 * The first CPU to arrive leads. It waits until the others have arrived, too (so each is in the loop below, in no other
 * function), verifies, checks all stacks, and stores. The others wait with interrupts off until it is done. Then every CPU
 * serializes itself, so that none goes on with instructions it fetched before.
 *
 * NMIs still arrive; nmi.c says what becomes of them.
 */
#include "update.h"

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

/* What is at a place before the switch, and what after it. */
static const u8 *from(const struct kmend_stop *stop, const struct kmend_place *place)
{
	return stop->reverse || place->leaves ? place->jump : place->before;
}

static const u8 *to(const struct kmend_stop *stop, const struct kmend_place *place)
{
	return stop->reverse || place->leaves ? place->before : place->jump;
}

/* Are the bytes to be overwritten what they must be? */
static bool verify_places(struct kmend_stop *stop)
{
	const struct kmend_place *place;
	u32 i;

	for (i = 0; i < stop->nr_places; i++) {
		place = stop->places[i];
		if (!place->follows && memcmp(kmend_place_bytes(place), from(stop, place), place->size)) {
			fail(stop, KMEND_REFUSE_CODE_CHANGED, place->function, kmend_place_offset(place));
			return false;
		}
	}
	return true;
}

/* Is all code to be replaced what it was built from? */
static bool verify_code(struct kmend_stop *stop, const struct kmend_part *part)
{
	const struct kmend_function *function;
	u32 i, offset;

	for (i = 0; i < part->target->nr_functions; i++) {
		function = &part->target->functions[i];
		if (function->role == KMEND_ROLE_WITNESS)
			continue;
		if (!kmend_matching_verify(part, function, stop->room, &offset)) {
			if (function->role == KMEND_ROLE_DATUM)
				offset += function->trampoline_offset;
			fail(stop, KMEND_REFUSE_CODE_CHANGED, function, offset);
			return false;
		}
	}
	return true;
}

static bool verify(struct kmend_stop *stop)
{
	u32 i;

	if (!verify_places(stop))
		return false;
	for (i = 0; i < stop->nr_parts && !stop->reverse; i++) {
		if (!verify_code(stop, stop->parts[i]))
			return false;
	}
	return true;
}

/* All places or none. */
static bool commit(struct kmend_stop *stop)
{
	struct kmend_place *place;
	u32 i;

	for (i = 0; i < stop->nr_places; i++) {
		place = stop->places[i];
		if (!kmend_place_store(place, from(stop, place), to(stop, place)))
			break;
	}
	if (i == stop->nr_places)
		return true;
	place = stop->places[i];
	fail(stop, KMEND_REFUSE_CODE_CHANGED, place->function, kmend_place_offset(place));
	/* The one that failed may have been stored, too: undoing what was not done changes nothing. */
	for (; i != ~0u; i--) {
		place = stop->places[i];
		kmend_place_store(place, to(stop, place), from(stop, place));
	}
	return false;
}

static bool check_hooks(struct kmend_stop *stop, struct kmend_part *const *parts, u32 nr_parts,
			enum kmend_hook_stage stage)
{
	u32 i;

	for (i = 0; i < nr_parts; i++) {
		if (kmend_hooks_call(parts[i], stage, &stop->hook_refusal)) {
			fail(stop, KMEND_REFUSE_HOOK_REFUSED, NULL, 0);
			return false;
		}
	}
	return true;
}

/* Looking only, no hook is called. */
static bool hooks_agree(struct kmend_stop *stop)
{
	enum kmend_hook_stage stage = stop->reverse ? KMEND_HOOK_CHECK_REVERSE : KMEND_HOOK_CHECK_APPLY;

	return check_hooks(stop, stop->leaving, stop->nr_leaving, KMEND_HOOK_CHECK_REVERSE) &&
	       check_hooks(stop, stop->parts, stop->nr_parts, stage);
}

static void call_hooks(struct kmend_stop *stop)
{
	u32 i;

	for (i = 0; i < stop->nr_leaving; i++)
		kmend_hooks_call(stop->leaving[i], KMEND_HOOK_REVERSE, NULL);
	for (i = 0; i < stop->nr_parts; i++)
		kmend_hooks_call(stop->parts[i], stop->reverse ? KMEND_HOOK_REVERSE : KMEND_HOOK_APPLY, NULL);
}

static void lead(struct kmend_stop *stop)
{
	/* stop_machine() lets each CPU in without waiting for another, so they all come. */
	while (!kmend_nmi_have_arrived())
		cpu_relax();
	kmend_assert(irqs_disabled());
	if (!verify(stop))
		return;
	if (!kmend_stack_check(&stop->check)) {
		fail(stop, kmend_stack_refusal(&stop->check), NULL, 0);
		return;
	}
	if (!stop->commit || !hooks_agree(stop) || !commit(stop))
		return;
	kmend_nmi_release();
	call_hooks(stop);
}

static int stopped(void *data)
{
	struct kmend_stop *stop = data;
	u64 began;

	if (!atomic_xchg(&stop->is_led, 1)) {
		began = ktime_get_mono_fast_ns();
		lead(stop);
		kmend_nmi_release();
		stop->pause_ns = ktime_get_mono_fast_ns() - began;
		/* Partner: the load below. Code stored above is seen by every CPU that sees `done`. */
		smp_store_release(&stop->done, true);
		sync_core();
	} else {
		kmend_nmi_arrive();
		/* Partner: the store above. */
		while (!smp_load_acquire(&stop->done))
			cpu_relax();
		/* No CPU goes on with what it fetched before; even one not in the code may have fetched it ahead. */
		sync_core();
		kmend_nmi_leave();
	}
	return 0;
}

int kmend_stop_run(struct kmend_stop *stop)
{
	int error;

	atomic_set(&stop->is_led, 0);
	stop->done = false;
	stop->refusal = KMEND_REFUSE_NONE;
	kmend_nmi_hold();
	error = kmend_kernel.stop_machine_cpuslocked(stopped, stop, cpu_online_mask);
	/* If there was no stop, nobody has released them. */
	kmend_nmi_release();
	return error;
}
