// SPDX-License-Identifier: GPL-2.0
// A constant-propagated clone stays itself, however it is numbered.
// = changed function f: *
#include "kernel.h"

static __attribute__((__noinline__)) int helper(int x, int mode)
{
	return mode ? outside(x) : outside(x + 1) + mode;
}
#ifdef POST
#define N 3
#else
#define N 2
#endif
int f(int x)
{
	return helper(x, 1) + N;
}
int g(int x)
{
	return helper(x, 1) + 1;
}
