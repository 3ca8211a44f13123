// SPDX-License-Identifier: GPL-2.0
/*
 * Is any task inside given code, or will it return into it? A survey before the stop spares the stop the stacks of all
 * tasks that sleep; the check in the stop looks at the rest, and what it says counts. It runs while the machine stands
 * still, so no task's stack changes; it takes no lock and allocates nothing.
 *
 * Who is looked at: every thread in the task list, and every CPU's idle task, which is not in that list. Tasks being
 * forked are not in the list yet, but have not run either: their stacks lead to ret_from_fork only. Whatever runs in
 * interrupts has finished: the stop began on every CPU by a switch to its stopper thread.
 *
 * Not seen: a thread that has released itself and is preempted in the last lines of do_exit(), where no list has it any
 * more. Reversing an update of do_exit(), or of what it calls there, therefore needs `escapes` (the module stays).
 */
#include "kmend.h"

#include <linux/ftrace.h>
#include <linux/rethook.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <asm/unwind.h>

static int compare_ranges(const void *a, const void *b)
{
	const struct kmend_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

u32 kmend_stack_sort_ranges(struct kmend_range *ranges, u32 nr_ranges)
{
	u32 i, nr = 0;

	sort(ranges, nr_ranges, sizeof(*ranges), compare_ranges, NULL);
	for (i = 0; i < nr_ranges; i++) {
		if (nr && ranges[i].start <= ranges[nr - 1].end)
			ranges[nr - 1].end = max(ranges[nr - 1].end, ranges[i].end);
		else
			ranges[nr++] = ranges[i];
	}
	return nr;
}

static bool is_in_ranges(const struct kmend_stack_check *check, unsigned long address)
{
	u32 low = 0, high = check->nr_ranges, middle;

	/* Nearly every address ends here. (An update that only has hooks has no ranges.) */
	if (!high || address < check->ranges[0].start || address >= check->ranges[high - 1].end)
		return false;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (address < check->ranges[middle].start)
			high = middle;
		else if (address >= check->ranges[middle].end)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

/*
 * A return address points behind its call. Where the call is a function's last instruction (it never returns, or the
 * compiler thinks so), the address is the function's end: so the byte before it is what is inside or not.
 */
static bool returns_into_ranges(const struct kmend_stack_check *check, unsigned long address)
{
	return is_in_ranges(check, address - 1);
}

enum scan {
	SCAN_OUTSIDE,
	SCAN_INSIDE,
	SCAN_UNRELIABLE,
};

/*
 * Is the task off the CPU since an interrupt took it away, in the kernel, between any two instructions? That is a frame of
 * the kernel's own registers on the stack of a task that waits for its turn. (One that sleeps in a page fault has such a
 * frame, too; it is not on a run queue.)
 */
static bool was_interrupted(const struct kmend_stack_check *check, const struct task_struct *task,
			    struct pt_regs *regs)
{
	return check->wants_order && regs && !user_mode(regs) && READ_ONCE(task->on_rq) && task != current;
}

/* Unwind, as ORC knows the frames. `ret_address`: where it is inside. */
static enum scan scan_frames(const struct kmend_stack_check *check, struct task_struct *task,
			     unsigned long *ret_address)
{
	struct unwind_state state;
	struct pt_regs *regs;
	unsigned long address;

	/* Not __unwind_start(..., NULL), which would skip every frame; this one begins at the task's own stack pointer. */
	for (unwind_start(&state, task, NULL, NULL); !unwind_done(&state); unwind_next_frame(&state)) {
		regs = unwind_get_entry_regs(&state, NULL);
		if (regs && user_mode(regs))
			break; /* where the task came from user space: the last frame */
		if (was_interrupted(check, task, regs)) {
			*ret_address = instruction_pointer(regs);
			return SCAN_INSIDE;
		}
		address = unwind_get_return_address(&state);
		if (!address)
			return SCAN_UNRELIABLE;
		/* state.signal: the address is the very instruction that was interrupted, not one behind a call. */
		if (state.signal ? is_in_ranges(check, address) : returns_into_ranges(check, address)) {
			*ret_address = state.signal ? address : address - 1;
			return SCAN_INSIDE;
		}
	}
	return unwind_error(&state) ? SCAN_UNRELIABLE : SCAN_OUTSIDE;
}

static bool scan_word(const struct kmend_stack_check *check, unsigned long word, unsigned long *ret_address)
{
	/* Either an interrupted instruction or a return address: both readings count. */
	if (is_in_ranges(check, word)) {
		*ret_address = word;
		return true;
	}
	if (returns_into_ranges(check, word)) {
		*ret_address = word - 1;
		return true;
	}
	return false;
}

/* Return addresses that tracing has moved from the stack to a side table. */
static enum scan scan_moved_addresses(const struct kmend_stack_check *check, struct task_struct *task,
				      unsigned long *ret_address)
{
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
	int i;

	for (i = 0; task->ret_stack && i <= task->curr_ret_stack && i < FTRACE_RETFUNC_DEPTH; i++) {
		if (scan_word(check, task->ret_stack[i].ret, ret_address))
			return SCAN_INSIDE;
	}
#endif
#ifdef CONFIG_RETHOOK
	struct llist_node *node;

	for (node = task->rethooks.first; node; node = node->next) {
		if (scan_word(check, container_of(node, struct rethook_node, llist)->ret_addr, ret_address))
			return SCAN_INSIDE;
	}
#endif
	return SCAN_OUTSIDE;
}

/* Any word of the stack that could be an address inside. Errs on the side of "inside". */
static enum scan scan_words(const struct kmend_stack_check *check, struct task_struct *task, unsigned long from,
			    unsigned long *ret_address)
{
	unsigned long start = (unsigned long)task_stack_page(task);
	unsigned long end = start + THREAD_SIZE, at;

	if (from < start || from >= end)
		from = start;
	for (at = round_down(from, sizeof(long)); at < end; at += sizeof(long)) {
		if (scan_word(check, READ_ONCE_NOCHECK(*(unsigned long *)at), ret_address))
			return SCAN_INSIDE;
	}
	return scan_moved_addresses(check, task, ret_address);
}

static void note_blocker(struct kmend_stack_check *check, struct task_struct *task, unsigned long address)
{
	struct kmend_blocker *blocker;

	if (task == check->requester && check->ignores_requester)
		return;
	if (task == check->requester)
		check->requester_blocks = true;
	if (check->nr_blockers++ >= KMEND_MAX_BLOCKERS)
		return;
	blocker = &check->blockers[check->nr_blockers - 1];
	blocker->pid = is_idle_task(task) ? 0 : task_pid_nr(task);
	blocker->address = address;
	memcpy(blocker->comm, task->comm, sizeof(blocker->comm));
	blocker->comm[sizeof(blocker->comm) - 1] = '\0';
}

/* How often the scheduler has switched away from the task. Counted before the task's on_cpu is cleared. */
static unsigned long nr_switches(const struct task_struct *task)
{
	return READ_ONCE(task->nvcsw) + READ_ONCE(task->nivcsw);
}

/* Has the task been seen outside, and not run since? */
static bool is_covered(const struct kmend_stack_check *check, const struct task_struct *task)
{
	const struct kmend_sighting *sightings = check->survey.sightings;
	u32 low = 0, high = check->survey.nr_sightings, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (task == sightings[middle].task)
			return task->start_time == sightings[middle].start_time &&
			       nr_switches(task) == sightings[middle].nr_switches;
		if (task < sightings[middle].task)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static void check_task(struct kmend_stack_check *check, struct task_struct *task)
{
	unsigned long address, from;
	enum scan scan;

	/* A dead thread may stay in the list without a stack. Nobody else runs, so a look suffices, no reference. */
	if (!task->stack || !refcount_read(&task->stack_refcount))
		return;
	/* The stopper threads of the other CPUs. They are where ours is: see check_stop(). */
	if (task_on_another_cpu(task) && cpu_online(task_cpu(task)))
		return;
	if (is_covered(check, task)) {
		check->nr_skipped++;
		return;
	}
	scan = scan_frames(check, task, &address);
	if (scan == SCAN_UNRELIABLE && check->wants_order && READ_ONCE(task->on_rq) && !is_idle_task(task)) {
		/* It waits for its turn, and nothing tells where it was stopped. */
		address = task->thread.sp;
		scan = SCAN_INSIDE;
	} else if (scan == SCAN_UNRELIABLE) {
		/* The idle task of a CPU that is offline was never switched out: its saved stack pointer says nothing. */
		from = task_on_another_cpu(task) ? (unsigned long)task_stack_page(task) : task->thread.sp;
		scan = scan_words(check, task, from, &address);
		check->nr_scanned++;
	} else {
		check->nr_unwound++;
	}
	if (scan == SCAN_INSIDE)
		note_blocker(check, task, address);
}

/* What this CPU is doing right now, to run this very check; the other CPUs are in the same functions. */
static void check_stop(struct kmend_stack_check *check)
{
	unsigned long address;
	enum scan scan = scan_frames(check, current, &address);

	if (scan == SCAN_UNRELIABLE)
		scan = scan_words(check, current, (unsigned long)__builtin_frame_address(0), &address);
	if (scan == SCAN_INSIDE)
		check->stop_address = address;
}

/*
 * Look at one task while the machine goes on. What is seen counts only if the task did not run meanwhile: it was on no
 * CPU before and after (acquire; partner: finish_task()'s release in the scheduler), and was not switched away from in
 * between. Return: true if it was seen outside.
 */
static bool survey_task(struct kmend_stack_check *check, struct task_struct *task, struct kmend_sighting *sighting)
{
	unsigned long address, before;
	enum scan scan;

	if (smp_load_acquire(&task->on_cpu))
		return false;
	before = nr_switches(task);
	scan = scan_frames(check, task, &address);
	/* Orders the reads of the stack before that of on_cpu. Partner: prepare_task() sets on_cpu before the task runs. */
	smp_rmb();
	if (smp_load_acquire(&task->on_cpu) || nr_switches(task) != before)
		return false;
	if (scan == SCAN_INSIDE)
		note_blocker(check, task, address);
	if (scan != SCAN_OUTSIDE)
		return false;
	*sighting = (struct kmend_sighting){
		.task = task,
		.start_time = task->start_time,
		.nr_switches = before,
	};
	return true;
}

static int compare_sightings(const void *a, const void *b)
{
	const struct kmend_sighting *x = a, *y = b;

	return x->task < y->task ? -1 : x->task > y->task;
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

enum kmend_refusal kmend_stack_refusal(const struct kmend_stack_check *check)
{
	/* Waiting does not help where those who make the switch are inside themselves. */
	if (check->stop_address || check->requester_blocks)
		return KMEND_REFUSE_RUNS_IN_STOP;
	return check->nr_blockers ? KMEND_REFUSE_BUSY : KMEND_REFUSE_NONE;
}

int kmend_stack_survey(struct kmend_stack_check *check)
{
	u32 max = count_threads(), nr = 0;
	struct task_struct *group, *task;
	struct kmend_sighting *sightings;
	unsigned long address;

	/* An update of hooks alone replaces no code. */
	if (!check->nr_ranges && !check->wants_order)
		return 0;
	/* Those that come meanwhile will be looked at in the stop. */
	sightings = kvmalloc_array(max + 1, sizeof(*sightings), GFP_KERNEL);
	if (!sightings)
		return -ENOMEM;
	rcu_read_lock();
	for_each_process_thread (group, task) {
		if (nr == max)
			break;
		/* Its stack stays while we look; the task itself does so under RCU. */
		if (!try_get_task_stack(task))
			continue;
		nr += survey_task(check, task, &sightings[nr]);
		kmend_kernel.put_task_stack(task);
	}
	rcu_read_unlock();
	if (scan_frames(check, current, &address) == SCAN_INSIDE)
		note_blocker(check, current, address);
	if (check->nr_blockers) {
		kvfree(sightings);
		return -EBUSY;
	}
	sort(sightings, nr, sizeof(*sightings), compare_sightings, NULL);
	check->survey = (struct kmend_survey){ .sightings = sightings, .nr_sightings = nr };
	return 0;
}

void kmend_stack_free_survey(struct kmend_stack_check *check)
{
	kvfree(check->survey.sightings);
	check->survey = (struct kmend_survey){};
}

bool kmend_stack_check(struct kmend_stack_check *check)
{
	struct task_struct *group, *task;
	int cpu;

	if (!check->nr_ranges && !check->wants_order)
		return true;
	check_stop(check);
	for_each_process_thread (group, task) {
		if (task != current)
			check_task(check, task);
	}
	for_each_possible_cpu (cpu) {
		task = kmend_kernel.idle_task(cpu);
		if (task && task != current)
			check_task(check, task);
	}
	return !check->nr_blockers && !check->stop_address;
}
