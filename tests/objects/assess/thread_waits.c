// SPDX-License-Identifier: GPL-2.0
// What a thread's main function, which is as before, calls to wait in.
// = verdict hotpatch
// = never-leaves:session_run
#include "../kernel.h"

extern void *kthread_create_on_node(int (*function)(void *), void *data, int node, const char *name);
extern long wait_woken(int x);
#ifdef POST
#define N 2
#else
#define N 1
#endif
static noinline void session_run(void *data)
{
	for (;;) {
		if (outside(N))
			break;
		wait_woken(3);
	}
}
static noinline void session_once(void *data)
{
	outside(N);
	wait_woken(3);
}
static int session_thread(void *data)
{
	session_once(data);
	session_run(data);
	return 0;
}
void *start(void *data)
{
	return kthread_create_on_node(session_thread, data, 0, "session");
}
