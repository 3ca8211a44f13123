// SPDX-License-Identifier: GPL-2.0
/*
 * Only in a debug build (make KMEND_DEBUG=1): what do hooks really do in the stop? Each is bracketed by looks at the
 * preemption count, the interrupts, and how often the task was switched away from; and probes lie on the functions that
 * stop_calls.h forbids there. A hook that may refuse and did wrong is taken to have refused; of the others the log tells.
 */
#include "update.h"

#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kprobes.h>
#include <linux/preempt.h>
#include <linux/slab.h>

#include <kmend/stop_calls.h>

enum kind { FORBIDDEN, SUSPICIOUS, HARMLESS };

static const struct {
	const char *name;
	enum kind kind;
	const char *what;
} calls[] = {
#define ROW(name, match, kind, what) { name, kind, what },
	KMEND_STOP_CALLS(ROW)
#undef ROW
};

static struct kprobe *probes; /* one per row */
static struct kprobe **registered;
static u32 nr_registered;
static const struct task_struct *watched_task; /* which is in a hook, in the stop */
static const char *seen_call, *seen_what;      /* the first that it made */

#define MAX_MISDEEDS 8
static struct {
	const struct kmend_hook *hook;
	const char *what, *call;
} misdeeds[MAX_MISDEEDS];
static u32 nr_misdeeds;

static int on_call(struct kprobe *probe, struct pt_regs *regs)
{
	if (READ_ONCE(watched_task) == current && !seen_call) {
		seen_call = probe->symbol_name;
		seen_what = calls[probe - probes].what;
	}
	return 0;
}
NOKPROBE_SYMBOL(on_call);

static bool has_stop_hooks(const struct kmend_stop *stop)
{
	const struct kmend_update *update;
	u32 i, j, stage;

	for (i = 0; i < stop->nr_parts; i++) {
		update = stop->parts[i]->update;
		for (j = 0; j < update->nr_hooks; j++) {
			stage = update->hooks[j].stage;
			if (kmend_hooks_stage_is_in_stop(stage) && (stage >= KMEND_HOOK_PRE_REVERSE) == stop->reverse)
				return true;
		}
	}
	return false;
}

/* Names that this kernel does not have, or that cannot be probed, are left out. Without memory nothing is watched. */
void kmend_hooks_watch_begin(const struct kmend_stop *stop)
{
	u32 i;

	nr_misdeeds = 0;
	nr_registered = 0;
	if (!stop->commit || !has_stop_hooks(stop))
		return;
	probes = kcalloc(ARRAY_SIZE(calls), sizeof(*probes), GFP_KERNEL);
	registered = kcalloc(ARRAY_SIZE(calls), sizeof(*registered), GFP_KERNEL);
	for (i = 0; probes && registered && i < ARRAY_SIZE(calls); i++) {
		if (calls[i].kind != FORBIDDEN)
			continue;
		probes[i].symbol_name = calls[i].name;
		probes[i].pre_handler = on_call;
		if (!register_kprobe(&probes[i]))
			registered[nr_registered++] = &probes[i];
	}
	pr_info("debug: %u functions are watched while hooks run in the stop\n", nr_registered);
}

void kmend_hooks_watch_end(void)
{
	u32 i;

	if (nr_registered)
		unregister_kprobes(registered, nr_registered);
	nr_registered = 0;
	kfree(registered);
	registered = NULL;
	kfree(probes);
	probes = NULL;
	for (i = 0; i < nr_misdeeds; i++)
		pr_err("debug: the hook %s() %s%s%s%s in the stop\n", misdeeds[i].hook->name,
		       misdeeds[i].call ? "calls " : "", misdeeds[i].call ? misdeeds[i].call : "",
		       misdeeds[i].call ? "(), which " : "", misdeeds[i].what);
	nr_misdeeds = 0;
}

static unsigned long nr_switches(void)
{
	return current->nvcsw + current->nivcsw;
}

void kmend_hooks_watch(struct kmend_hook_watch *watch, const struct kmend_hook *hook)
{
	/* A part whose target arrives is switched without a stop. */
	watch->is_on = kmend_hooks_stage_is_in_stop(hook->stage) && irqs_disabled();
	if (!watch->is_on)
		return;
	watch->preempt_count = preempt_count();
	watch->nr_switches = nr_switches();
	seen_call = NULL;
	WRITE_ONCE(watched_task, current);
}

static int note(const struct kmend_hook *hook, const char *what, const char *call)
{
	if (nr_misdeeds < MAX_MISDEEDS) {
		misdeeds[nr_misdeeds].hook = hook;
		misdeeds[nr_misdeeds].what = what;
		misdeeds[nr_misdeeds++].call = call;
	}
	return -EDEADLK;
}

int kmend_hooks_watched(struct kmend_hook_watch *watch, const struct kmend_hook *hook, int error)
{
	if (!watch->is_on)
		return error;
	WRITE_ONCE(watched_task, NULL);
	if (!irqs_disabled()) {
		local_irq_disable();
		error = note(hook, "left interrupts switched on", NULL);
	}
	if (preempt_count() != watch->preempt_count) {
		preempt_count_set(watch->preempt_count);
		error = note(hook, "left another preemption count", NULL);
	}
	if (nr_switches() != watch->nr_switches)
		error = note(hook, "slept", NULL);
	if (seen_call)
		error = note(hook, seen_what, seen_call);
	return error;
}
