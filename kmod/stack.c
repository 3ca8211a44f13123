// SPDX-License-Identifier: GPL-2.0
/*
 * Is any task inside given code, or will it return into it? A survey before the stop (survey.c) spares the stop the stacks
 * of all tasks that sleep; the check in the stop looks at the rest, and what it says counts. It runs while the machine stands
 * still, so no task's stack changes; it takes no lock and allocates nothing.
 *
 * Every task is one of these:
 *
 *   in the task list       looked at
 *   an idle task           is in no list; looked at, one for each CPU
 *   being forked           not in the list yet, and has not run: its stack leads to ret_from_fork() only, so it will
 *                          enter whatever it calls at its start
 *   a stopper thread       of this CPU: check_stop(). Those of the other CPUs are in the same functions, for the leader
 *                          begins when all of them have arrived in stop.c
 *   at the end of its exit has left the list (or another task has taken it out), and runs the last lines of do_exit(),
 *                          where it may be preempted: exit.c counts these
 *   dead                   will never run again: its last switch, with preemption off, lies behind it
 *
 * What is no task's: interrupts and softirqs have ended, since the stop began on every CPU by a switch to its stopper
 * thread. NMIs: nmi.c. Callers of do_exit() are on the stacks of those that exit, but are never returned to; they count as
 * inside all the same.
 */
#include "stack.h"

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

/*
 * Is the task off the CPU since an interrupt took it away, in the kernel, between any two instructions? That is a frame of
 * the kernel's own registers on the stack of a task that waits for its turn. (One that sleeps in a page fault has such a
 * frame, too; it is not on a run queue.)
 */
static bool was_interrupted(const struct kmend_stack_check *check, const struct task_struct *task, struct pt_regs *regs)
{
	return check->wants_order && regs && !user_mode(regs) && READ_ONCE(task->on_rq) && task != current;
}

enum kmend_scan kmend_stack_scan_frames(const struct kmend_stack_check *check, struct task_struct *task,
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
			return KMEND_SCAN_INSIDE;
		}
		address = unwind_get_return_address(&state);
		if (!address)
			return KMEND_SCAN_UNRELIABLE;
		/* state.signal: the address is the very instruction that was interrupted, not one behind a call. */
		if (state.signal ? is_in_ranges(check, address) : returns_into_ranges(check, address)) {
			*ret_address = state.signal ? address : address - 1;
			return KMEND_SCAN_INSIDE;
		}
	}
	return unwind_error(&state) ? KMEND_SCAN_UNRELIABLE : KMEND_SCAN_OUTSIDE;
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
	/*
	 * The copied instructions of an optimised kprobe, which go on behind the probe, wherever that was: it may have been
	 * inside, and gone by now (the copy is freed only when nobody can be in it). Errs on the side of "inside".
	 */
	if (kmend_kernel.is_insn_slot && kmend_kernel.is_insn_slot(kmend_kernel.optinsn_slots, word)) {
		*ret_address = word;
		return true;
	}
	return false;
}

/* Return addresses that tracing has moved from the stack to a side table. */
static enum kmend_scan scan_moved_addresses(const struct kmend_stack_check *check, struct task_struct *task,
					    unsigned long *ret_address)
{
	unsigned long word;
	unsigned int i;

	for (i = 0; kmend_compat_moved_address(task, i, &word); i++) {
		if (scan_word(check, word, ret_address))
			return KMEND_SCAN_INSIDE;
	}
#ifdef CONFIG_RETHOOK
	struct llist_node *node;

	for (node = task->rethooks.first; node; node = node->next) {
		if (scan_word(check, container_of(node, struct rethook_node, llist)->ret_addr, ret_address))
			return KMEND_SCAN_INSIDE;
	}
#endif
	return KMEND_SCAN_OUTSIDE;
}

/* Any word of the stack that could be an address inside. Errs on the side of "inside". */
static enum kmend_scan scan_words(const struct kmend_stack_check *check, struct task_struct *task, unsigned long from,
				  unsigned long *ret_address)
{
	unsigned long start = (unsigned long)task_stack_page(task);
	unsigned long end = start + THREAD_SIZE, at;

	if (from < start || from >= end)
		from = start;
	for (at = round_down(from, sizeof(long)); at < end; at += sizeof(long)) {
		if (scan_word(check, READ_ONCE_NOCHECK(*(unsigned long *)at), ret_address))
			return KMEND_SCAN_INSIDE;
	}
	return scan_moved_addresses(check, task, ret_address);
}

void kmend_stack_note_blocker(struct kmend_stack_check *check, struct task_struct *task, unsigned long address)
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
	blocker->start_time = task->start_time;
	blocker->address = address;
	memcpy(blocker->comm, task->comm, sizeof(blocker->comm));
	blocker->comm[sizeof(blocker->comm) - 1] = '\0';
}

/*
 * A return probe's place on the stack of a task that could run (it was preempted): the kernel's unwinder warns of it
 * (rethook_find_ret_addr()), for want of knowing that the machine stands still. Such stacks are scanned word by word.
 */
static bool has_moved_return(const struct task_struct *task)
{
#ifdef CONFIG_RETHOOK
	return task->rethooks.first && task_is_running(task);
#else
	return false;
#endif
}

static void check_task(struct kmend_stack_check *check, struct task_struct *task)
{
	unsigned long address, from;
	enum kmend_scan scan;

	/* A dead thread may stay in the list without a stack. Nobody else runs, so a look suffices, no reference. */
	if (!task->stack || !refcount_read(&task->stack_refcount))
		return;
	/* The stopper threads of the other CPUs. They are where ours is: see check_stop(). */
	if (task_on_another_cpu(task) && cpu_online(task_cpu(task)))
		return;
	if (kmend_survey_covers(&check->survey, task)) {
		check->nr_skipped++;
		return;
	}
	scan = has_moved_return(task) ? KMEND_SCAN_UNRELIABLE : kmend_stack_scan_frames(check, task, &address);
	if (scan == KMEND_SCAN_UNRELIABLE && check->wants_order && READ_ONCE(task->on_rq) && !is_idle_task(task)) {
		/* It waits for its turn, and nothing tells where it was stopped. */
		address = task->thread.sp;
		scan = KMEND_SCAN_INSIDE;
	} else if (scan == KMEND_SCAN_UNRELIABLE) {
		/* The idle task of a CPU that is offline was never switched out: its saved stack pointer says nothing. */
		from = task_on_another_cpu(task) ? (unsigned long)task_stack_page(task) : task->thread.sp;
		scan = scan_words(check, task, from, &address);
		check->nr_scanned++;
	} else {
		check->nr_unwound++;
	}
	if (scan == KMEND_SCAN_INSIDE)
		kmend_stack_note_blocker(check, task, address);
}

/* What this CPU is doing right now, to run this very check; the other CPUs are in the same functions. */
static void check_stop(struct kmend_stack_check *check)
{
	unsigned long address;
	enum kmend_scan scan = kmend_stack_scan_frames(check, current, &address);

	if (scan == KMEND_SCAN_UNRELIABLE)
		scan = scan_words(check, current, (unsigned long)__builtin_frame_address(0), &address);
	if (scan == KMEND_SCAN_INSIDE)
		check->stop_address = address;
}

enum kmend_refusal kmend_stack_refusal(const struct kmend_stack_check *check)
{
	/* Waiting does not help where those who make the switch are inside themselves. */
	if (check->stop_address || check->requester_blocks)
		return KMEND_REFUSE_RUNS_IN_STOP;
	return check->nr_blockers || check->nr_exiting ? KMEND_REFUSE_BUSY : KMEND_REFUSE_NONE;
}

bool kmend_stack_check(struct kmend_stack_check *check)
{
	struct task_struct *group, *task;
	u32 nr_exiting = 0;
	int cpu;

	if (!check->nr_ranges && !check->wants_order)
		return true;
	check_stop(check);
	for_each_process_thread (group, task) {
		if (task != current)
			check_task(check, task);
		nr_exiting += kmend_exit_is_seen(task);
	}
	check->nr_exiting = kmend_exit_count_unseen(nr_exiting);
	for_each_possible_cpu (cpu) {
		task = kmend_kernel.idle_task(cpu);
		if (task && task != current)
			check_task(check, task);
	}
	return !check->nr_blockers && !check->nr_exiting && !check->stop_address;
}
