// SPDX-License-Identifier: GPL-2.0
/*
 * NMIs while code is switched. They arrive in the stop, too, on each CPU; they are not masked, and are in no stack that the
 * check looks at. Why they are harmless:
 *
 *  - On the CPU that stores (the leader): an NMI comes between two instructions of the leader, never within one, so not within
 *    a store. A CPU always sees its own stores, also in code. Between the stores of several places it finds some functions
 *    old and some new, each of them whole.
 *  - On the other CPUs no NMI is under way from the moment on at which the CPU says that it has arrived in the stop: it says so
 *    in the loop of stop.c, so no NMI of its own is under way then, half through a function that is about to change. One that comes
 *    later is held in the handler below, which is the first to be called, until all is stored; then it serializes, since what
 *    the processor fetched ahead may be old (the manuals leave it open what becomes of an instruction that is fetched on one
 *    CPU while it is written by another). So it finds all functions old or all new, and after a reversal none is in the new.
 *    What it waits for is the leader, who never waits for it: all have arrived before the leader begins.
 *  - What runs in an NMI before that handler is refused: the code made for it (.noinstr.text, .entry.text; place.c), and the few
 *    functions named below. Machine checks are as rare as they are fatal, and nothing of what they run outside of that code is
 *    held.
 *  - If one of these functions is traced, the function tracer runs before that handler, too: as long as it is so, its own
 *    code (kernel/trace) is refused.
 *
 * The word "arrived" and the word "quiet" are one, so that the machine has to meet only once: on a machine whose CPUs are lent
 * by a hypervisor each meeting may take as long as the CPU that is away last.
 */
#include "update.h"

#include <linux/cpumask.h>
#include <linux/string.h>
#include <asm/nmi.h>
#include <asm/processor.h>

/*
 * What runs in every NMI before the handlers: nmi_handle() and what it calls first; the clock is that of the machine, or of the
 * hypervisor it runs on.
 */
static const char *const early[] = {
	"nmi_handle",
	"__rcu_read_lock",
	"sched_clock",
	"native_sched_clock",
	"__SCT__pv_sched_clock",
	"kvm_sched_clock_read",
	"kvm_clock_read",
	"pvclock_clocksource_read",
	"pvclock_clocksource_read_nowd",
	"xen_sched_clock",
	"xen_clocksource_read",
	"vmware_sched_clock",
	"read_hv_sched_clock_tsc",
	"read_hv_sched_clock_msr",
	"trace_hwlat_callback",
};

static struct cpumask held; /* CPUs that wait in the loop of stop.c, each until it has serialized itself */
static bool is_storing;	    /* from before the stop until all is stored: those hold their NMIs */
static bool is_registered;

/* Serializing, and safe in an NMI, unlike sync_core(), whose IRET would let the next one in. */
static void serialize_cpu(void)
{
	unsigned int eax = 0, ebx, ecx = 0, edx;

	native_cpuid(&eax, &ebx, &ecx, &edx);
}

static int hold(unsigned int type, struct pt_regs *regs)
{
	if (likely(!cpumask_test_cpu(raw_smp_processor_id(), &held)))
		return NMI_DONE;
	/* Acquire; partner: the release in kmend_nmi_release(). */
	while (smp_load_acquire(&is_storing))
		cpu_relax();
	/* Also if it has just been released: this CPU may not have serialized itself since. */
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

/* Does anything at its ftrace site call the tracer? */
static bool is_traced(const char *function)
{
	static const u8 nop[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	unsigned long address = kmend_kernel.lookup_name(function);

	address = address ? kmend_kernel.ftrace_location(address) : 0;
	return address && memcmp((const void *)address, nop, sizeof(nop));
}

int kmend_nmi_check_tracer(const struct kmend_function *function, struct kmend_verdict *verdict)
{
	u32 i;

	if (strncmp(function->unit, "kernel/trace/", strlen("kernel/trace/")))
		return 0;
	for (i = 0; i < ARRAY_SIZE(early); i++) {
		if (is_traced(early[i]))
			return kmend_refuse(verdict, KMEND_REFUSE_TRACER,
					    "%s, while %s() is traced, which runs in NMIs", function->name, early[i]);
	}
	return 0;
}

void kmend_nmi_hold(void)
{
	cpumask_clear(&held);
	/* Seen by each CPU before it arrives: the stopper threads are told behind it, under their locks. */
	smp_store_release(&is_storing, true);
}

void kmend_nmi_release(void)
{
	/* Partner: hold(). Who sees that it is over sees what was stored. */
	smp_store_release(&is_storing, false);
}

void kmend_nmi_arrive(void)
{
	/* One locked instruction: an NMI comes before it, and is over then, or behind it, and is held. */
	cpumask_set_cpu(smp_processor_id(), &held);
	/* Partner: the one in kmend_nmi_have_arrived(). What this CPU did before is done. */
	smp_mb__after_atomic();
}

bool kmend_nmi_have_arrived(void)
{
	bool have = cpumask_weight(&held) == num_online_cpus() - 1;

	/* Partner: the one in kmend_nmi_arrive(). What the leader does now comes behind their word. */
	smp_mb();
	return have;
}

void kmend_nmi_leave(void)
{
	cpumask_clear_cpu(smp_processor_id(), &held);
}
