// SPDX-License-Identifier: GPL-2.0
// Without profiling calls, callers of callers are looked at as well.
// = changed function helper: *
// = changed function h: forced: compiled differently for the running kernel*
#include "kernel.h"

/* no profiling */
#ifdef POST
#define N 3
#else
#define N 2
#endif
static noinline int helper(int x)
{
	return outside(x) + N;
}
static noinline int g(int x)
{
	return helper(x) + 1;
}
int h(int x, int y)
{
#ifdef RUN
	return g(x) + (y ^ 5);
#else
	return g(x) + y;
#endif
}
