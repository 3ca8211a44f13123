// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks at the end of do_exit(). From exit_notify() on a thread may be in no list any more, taken out by itself or by who
 * waits for it, and yet run some lines of code: it may be preempted there, or sleep, and nobody could find its stack.
 *
 * Up to 6.8 these lines are a read-side section of sleepable RCU (kernel/rcu/tasks.h, tasks_rcu_exit_srcu), for the sake of
 * RCU-tasks, which has the same need:
 *
 *     exit_tasks_rcu_start();      counted in
 *     exit_notify();               exit_state is set, the task may leave the list
 *     ...
 *     preempt_disable();
 *     exit_tasks_rcu_finish();     counted out
 *     do_task_dead();              state becomes TASK_DEAD; the last switch
 *
 * While the machine stands still, the counts of all CPUs are exact. Between counting out and the last switch preemption is
 * off, so no stop can begin on that CPU: every task that has left the list and will still run is counted. Those that are
 * counted and in the list have an exit_state and are not TASK_DEAD, and are looked at like others. (One that is counted, but
 * whose exit_state is not set yet, passes for one that has left: the switch is tried again then. The init of a PID name space,
 * which waits there for long, has itself counted out meanwhile.)
 *
 * Later kernels keep lists of exiting tasks whose layout is private. There the task goes on in the code that it is in;
 * kmend_exit_wait() after a reversal keeps that code from being freed.
 */
#include "stack.h"

#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0) && defined(CONFIG_TREE_SRCU)

static long count_readers(const struct srcu_struct *srcu)
{
	const struct srcu_data *data;
	unsigned long nr = 0;
	int cpu, i;

	for_each_possible_cpu (cpu) {
		data = per_cpu_ptr(srcu->sda, cpu);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
		for (i = 0; i < ARRAY_SIZE(data->srcu_lock_count); i++)
			nr += atomic_long_read(&data->srcu_lock_count[i]) -
			      atomic_long_read(&data->srcu_unlock_count[i]);
#else
		for (i = 0; i < ARRAY_SIZE(data->srcu_lock_count); i++)
			nr += data->srcu_lock_count[i] - data->srcu_unlock_count[i];
#endif
	}
	return nr;
}

u32 kmend_exit_count_unseen(u32 nr_seen)
{
	long nr = kmend_kernel.exit_srcu ? count_readers(kmend_kernel.exit_srcu) - nr_seen : 0;

	return max(nr, 0l);
}

#else

u32 kmend_exit_count_unseen(u32 nr_seen)
{
	return 0;
}

#endif

bool kmend_exit_is_seen(const struct task_struct *task)
{
	return READ_ONCE(task->exit_state) && READ_ONCE(task->__state) != TASK_DEAD;
}

void kmend_exit_wait(void)
{
#ifdef CONFIG_TASKS_RCU
	if (!kmend_kernel.exit_srcu)
		synchronize_rcu_tasks();
#endif
}
