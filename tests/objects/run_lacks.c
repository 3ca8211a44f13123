// SPDX-License-Identifier: GPL-2.0
// A changed function that the running kernel does not have by itself.
// = changed function helper: *
// = reason not-in-run
#include "kernel.h"

#ifdef POST
#define N 3
#else
#define N 2
#endif
#ifndef RUN
int helper(int x)
{
	return outside(x) + N;
}
#endif
int f(int x)
{
	return x;
}
