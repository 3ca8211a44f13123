// SPDX-License-Identifier: GPL-2.0
// A change of an inlined function shows in all that it was inlined into.
// = changed function f: *
// = changed function g: *
#include "kernel.h"

#ifdef POST
#define N 9
#else
#define N 8
#endif
static inline __attribute__((always_inline)) int helper(int x)
{
	return outside(x + N);
}
int f(int x)
{
	return helper(x) + 1;
}
int g(int x)
{
	return helper(x) + 2;
}
int h(int x)
{
	return outside(x) + 3;
}
