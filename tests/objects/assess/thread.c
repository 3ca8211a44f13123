// SPDX-License-Identifier: GPL-2.0
// The main function of a thread: some task is always in it.
// = verdict hotpatch
// = never-leaves:work
#include "../kernel.h"

extern void *kthread_create_on_node(int (*function)(void *), void *data, int node, const char *name);
extern int kthread_should_stop(void);
extern void schedule(void);
#ifdef POST
#define N 2
#else
#define N 1
#endif
static int work(void *data)
{
	while (!kthread_should_stop()) {
		outside(N);
		schedule();
	}
	return 0;
}
void *start(void)
{
	return kthread_create_on_node(work, 0, -1, "work");
}
