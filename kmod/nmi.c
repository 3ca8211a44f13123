// SPDX-License-Identifier: GPL-2.0
/*
 * NMIs while code is switched. They arrive in the stop, too, on each CPU; they are not masked, and are in no stack that the
 * check looks at. Why they are harmless:
 *
 *  - On the CPU that stores (the leader): an NMI comes between two instructions of the leader, never within one, so not within
 *    a store. A CPU always sees its own stores, also in code. Between the stores of several places it finds some functions
 *    old and some new, each of them whole.
 *  - On the other CPUs no NMI is under way while the leader stores. Each of them says when it is quiet: at that moment it runs
 *    the loop in stop.c, so no NMI of its own is under way, half through a function that is about to change. One that comes
 *    later is held in the handler below, which is the first to be called, until all is stored; then it serializes, since what
 *    the processor fetched ahead may be old (the manuals leave it open what becomes of an instruction that is fetched on one
 *    CPU while it is written by another). So it finds all functions old or all new, and after a reversal none is in the new.
 *  - What runs in an NMI before that handler is refused: the code made for it (.noinstr.text, .entry.text; place.c), and the few
 *    functions named below. Machine checks are as rare as they are fatal, and nothing of what they run outside of that code is
 *    held.
 *
 * A CPU that does not come out of an NMI (it stands still after a crash, say) lets the switch fail, not hang.
 */
#include "update.h"

#include <linux/cpumask.h>
#include <linux/ktime.h>
#include <linux/string.h>
#include <asm/nmi.h>
#include <asm/processor.h>

/* What runs in every NMI before the handlers, or is one that comes before ours. */
static const char *const early[] = { "nmi_handle", "sched_clock", "native_sched_clock", "__SCT__pv_sched_clock" };

static struct cpumask quiet; /* CPUs that wait in the loop of stop.c, and hold their NMIs */
static bool is_storing;	     /* while it is set, they do so */
static bool is_registered;

/* Serializing, and safe in an NMI, unlike sync_core(), whose IRET would let the next one in. */
static void serialize_cpu(void)
{
	unsigned int eax = 0, ebx, ecx = 0, edx;

	native_cpuid(&eax, &ebx, &ecx, &edx);
}

static int hold(unsigned int type, struct pt_regs *regs)
{
	/* Acquire; partner: the release in kmend_nmi_release(). */
	if (likely(!smp_load_acquire(&is_storing)) || !cpumask_test_cpu(raw_smp_processor_id(), &quiet))
		return NMI_DONE;
	while (smp_load_acquire(&is_storing))
		cpu_relax();
	serialize_cpu();
	return NMI_DONE;
}

int kmend_nmi_init(void)
{
	int error = register_nmi_handler(NMI_LOCAL, hold, NMI_FLAG_FIRST, "kmend");

	is_registered = !error;
	return error;
}

void kmend_nmi_exit(void)
{
	if (is_registered)
		unregister_nmi_handler(NMI_LOCAL, "kmend");
}

bool kmend_nmi_runs_early(const char *function)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(early); i++) {
		if (!strcmp(function, early[i]))
			return true;
	}
	return false;
}

void kmend_nmi_be_quiet(void)
{
	/* From the leader's word on, which this CPU has read, an NMI here sees is_storing, too. */
	if (READ_ONCE(is_storing) && !cpumask_test_cpu(raw_smp_processor_id(), &quiet))
		cpumask_set_cpu(raw_smp_processor_id(), &quiet);
}

bool kmend_nmi_hold(void)
{
	u64 end = ktime_get_mono_fast_ns() + NSEC_PER_SEC;

	cpumask_clear(&quiet);
	/* Partner: kmend_nmi_be_quiet(). */
	smp_store_release(&is_storing, true);
	while (cpumask_weight(&quiet) < num_online_cpus() - 1) {
		if (ktime_get_mono_fast_ns() > end) {
			kmend_nmi_release();
			return false;
		}
		cpu_relax();
	}
	/* What is stored now comes behind their word. */
	smp_mb();
	return true;
}

void kmend_nmi_release(void)
{
	/* Partner: hold(). Who sees that it is over sees what was stored. */
	smp_store_release(&is_storing, false);
}
