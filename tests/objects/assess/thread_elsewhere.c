// SPDX-License-Identifier: GPL-2.0
// The main function of a thread that another file creates: it asks whether it is to end, and sleeps in that loop.
// = verdict hotpatch
// = never-leaves:serve_all
#include "../kernel.h"

extern void schedule(void);
extern _Bool kthread_should_stop(void);
#ifdef POST
#define N 2
#else
#define N 1
#endif
int serve_all(void *data)
{
	while (!kthread_should_stop()) {
		if (outside(N)) {
			schedule();
			continue;
		}
		outside(4);
	}
	return 0;
}
/* It sleeps before the loop, and asks in the loop without sleep: it is not told. */
int copy_all(void *data)
{
	schedule();
	while (!kthread_should_stop())
		outside(N);
	return 0;
}
