// SPDX-License-Identifier: GPL-2.0
// Code alone.
// = verdict hotpatch
#include "../kernel.h"

#ifdef POST
#define N 2
#else
#define N 1
#endif
int f(int x)
{
	return outside(x) + N;
}
