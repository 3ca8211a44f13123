// SPDX-License-Identifier: GPL-2.0
// A function is no longer inlined: its static stays the one it was.
// = changed function f: *
// = new function helper
#include "kernel.h"

#ifdef POST
static noinline int helper(int x)
#else
static inline __attribute__((always_inline)) int helper(int x)
#endif
{
	static int state = 3;

	state += x;
	return outside(state);
}
int f(int x)
{
	return helper(x) + 1;
}
