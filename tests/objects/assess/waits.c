// SPDX-License-Identifier: GPL-2.0
// A loop that sleeps and can be left is none that is never left.
// = verdict hotpatch
#include "../kernel.h"

extern void schedule(void);
#ifdef POST
#define N 2
#else
#define N 1
#endif
int wait(int x)
{
	while (outside(x) != N)
		schedule();
	return x;
}
