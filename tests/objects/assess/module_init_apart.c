// SPDX-License-Identifier: GPL-2.0
// A module's init changes along with other code, which the old init does not call.
// = verdict hotpatch
// = init-code:setup
#include "../kernel.h"

#ifdef POST
#define N 2
#else
#define N 1
#endif
int live(int x)
{
	return outside(x) + N;
}
int __init setup(int x)
{
	return outside(x + N);
}
