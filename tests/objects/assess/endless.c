// SPDX-License-Identifier: GPL-2.0
// A loop that sleeps, without a way to a return.
// = verdict hotpatch
// = never-leaves:serve
#include "../kernel.h"

extern void schedule(void);
#ifdef POST
#define N 2
#else
#define N 1
#endif
int serve(int x)
{
	if (x == N)
		return outside(x);
	for (;;) {
		outside(N);
		schedule();
	}
}
