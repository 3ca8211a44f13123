// SPDX-License-Identifier: GPL-2.0
/*
 * Looking at sleeping tasks before the stop, so that their stacks need no look within it: the pause need not grow with
 * sleeping threads.
 *
 * Why no answer is stale. A task is *sighted* if it was seen outside while it was fixed (task_call_func(): its pi_lock is
 * held, so nobody can wake it) and blocked: neither running, nor waking, nor queued, nor still on its way off a CPU. Noted is
 * how often it had been switched away from by then, n. In the stop it is *covered* if that number is still n.
 *
 *  - Its stack changes only while it runs. (Others write into a sleeping task's stack only what the unwinder does not go by:
 *    saved user registers, data that it handed out. Return addresses that tracing has moved are put back by the task.)
 *  - To run, it must be switched to, and in the stop every CPU runs its stopper thread: whatever ran has been switched away
 *    from. __schedule() counts that, in nvcsw or nivcsw, before the switch is made (++*switch_count before context_switch()),
 *    on every path by which another task comes next; where the same task comes next, it has been on its CPU all along, and
 *    was not blocked in the sense above.
 *  - Both counts only grow; they begin at 0 in a new task and are written by the task's own CPU under its runqueue's lock. n
 *    was read while the task was blocked, so behind its last switch (on_cpu is cleared by a release after the counting, and
 *    task_call_func() acquires it); it is read again in the stop, behind all switches (the stopper threads have met since).
 *    So if it has run meanwhile, the number is greater than n.
 *  - A new task in the memory of one that is gone cannot pass for it: a reference is held on each that was sighted.
 *  - Migration moves a task from one queue to another; that alone changes neither its stack nor the number, and needs not.
 *
 * A task that is not sighted (it ran, its stack could not be unwound, it came later) is looked at in the stop.
 */
#include "stack.h"

#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>

/* For measuring what it is good for. */
static bool is_on = true;
module_param_named(survey, is_on, bool, 0600);
MODULE_PARM_DESC(survey, "look at sleeping tasks before the stop (default: Y)");

static unsigned long nr_switches(const struct task_struct *task)
{
	return READ_ONCE(task->nvcsw) + READ_ONCE(task->nivcsw);
}

/*
 * The task list has the same order in the stop as in the survey, but for those that have come and gone: so the sighting of a
 * task is the next one, or little behind it. One that is not found there is looked at, like one that was not sighted.
 */
#define LOOK_AHEAD 64

bool kmend_survey_covers(struct kmend_survey *survey, const struct task_struct *task)
{
	u32 i, end = min(survey->nr_sightings, survey->next + LOOK_AHEAD);

	for (i = survey->next; i < end; i++) {
		if (survey->sightings[i].task == task) {
			survey->next = i + 1;
			return nr_switches(task) == survey->sightings[i].nr_switches;
		}
	}
	return false;
}

struct look {
	struct kmend_stack_check *check;
	struct kmend_sighting *sighting;
};

/* The task is fixed as it is. Return: 1 if it was sighted. */
static int look_at(struct task_struct *task, void *data)
{
	unsigned int state = READ_ONCE(task->__state);
	struct look *look = data;
	unsigned long address;
	enum kmend_scan scan;

	if (state == TASK_RUNNING || state == TASK_WAKING || task->on_rq || task->on_cpu)
		return 0;
	scan = kmend_stack_scan_frames(look->check, task, &address);
	if (scan == KMEND_SCAN_INSIDE)
		kmend_stack_note_blocker(look->check, task, address);
	if (scan != KMEND_SCAN_OUTSIDE)
		return 0;
	*look->sighting = (struct kmend_sighting){ .task = task, .nr_switches = nr_switches(task) };
	get_task_struct(task);
	return 1;
}

static u32 count_threads(void)
{
	struct task_struct *group, *task;
	u32 nr = 0;

	rcu_read_lock();
	for_each_process_thread (group, task)
		nr++;
	rcu_read_unlock();
	return nr;
}

static void look_at_all(struct kmend_stack_check *check, u32 max)
{
	struct kmend_survey *survey = &check->survey;
	struct look look = { .check = check };
	struct task_struct *group, *task;

	rcu_read_lock();
	for_each_process_thread (group, task) {
		if (survey->nr_sightings == max)
			break;
		/* Its stack stays while we look; the task itself does so under RCU. */
		if (task == current || !try_get_task_stack(task))
			continue;
		look.sighting = &survey->sightings[survey->nr_sightings];
		survey->nr_sightings += kmend_kernel.task_call_func(task, look_at, &look);
		kmend_kernel.put_task_stack(task);
	}
	rcu_read_unlock();
}

int kmend_stack_survey(struct kmend_stack_check *check)
{
	struct kmend_survey *survey = &check->survey;
	unsigned long address;
	u32 max;

	/* An update of hooks alone replaces no code. */
	if (!check->nr_ranges && !check->wants_order)
		return 0;
	/* Those that come meanwhile will be looked at in the stop. */
	max = count_threads();
	*survey = (struct kmend_survey){
		.sightings = kvmalloc_array(max + 1, sizeof(*survey->sightings), GFP_KERNEL),
	};
	if (!survey->sightings)
		return -ENOMEM;
	if (is_on)
		look_at_all(check, max);
	if (kmend_stack_scan_frames(check, current, &address) == KMEND_SCAN_INSIDE)
		kmend_stack_note_blocker(check, current, address);
	if (check->nr_blockers) {
		kmend_stack_free_survey(check);
		return -EBUSY;
	}
	return 0;
}

void kmend_stack_free_survey(struct kmend_stack_check *check)
{
	struct kmend_survey *survey = &check->survey;
	u32 i;

	for (i = 0; i < survey->nr_sightings; i++)
		put_task_struct(survey->sightings[i].task);
	kvfree(survey->sightings);
	*survey = (struct kmend_survey){};
}

struct find {
	struct kmend_stack_check *check;
	bool (*is_wanted)(const struct task_struct *task, const void *data);
	const void *data;
};

/* The task is fixed as it is. */
static int find_in(struct task_struct *task, void *data)
{
	const struct find *find = data;
	unsigned long address;

	if (!find->is_wanted(task, find->data))
		return 0;
	if (task->on_cpu || kmend_stack_scan_frames(find->check, task, &address) != KMEND_SCAN_INSIDE)
		address = 0;
	kmend_stack_note_blocker(find->check, task, address);
	return 0;
}

void kmend_stack_find(struct kmend_stack_check *check,
		      bool (*is_wanted)(const struct task_struct *task, const void *data), const void *data)
{
	struct find find = { .check = check, .is_wanted = is_wanted, .data = data };
	struct task_struct *group, *task;
	int cpu;

	rcu_read_lock();
	for_each_process_thread (group, task) {
		/* Most are not wanted, which needs no lock to be seen. */
		if (!is_wanted(task, data) || !try_get_task_stack(task))
			continue;
		kmend_kernel.task_call_func(task, find_in, &find);
		kmend_kernel.put_task_stack(task);
	}
	rcu_read_unlock();
	for_each_possible_cpu (cpu) {
		task = kmend_kernel.idle_task(cpu);
		if (task && is_wanted(task, data))
			kmend_stack_note_blocker(check, task, 0);
	}
}
