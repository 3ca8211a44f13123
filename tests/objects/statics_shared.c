// SPDX-License-Identifier: GPL-2.0
// Unchanged functions say which static is which, though a changed one uses them in another order.
// = changed function g: *
#include "kernel.h"

static inline __attribute__((always_inline)) int one(int x)
{
	static int state;

	state += x;
	return outside(state);
}
static inline __attribute__((always_inline)) int two(int x)
{
	static int state;

	state += x;
	return outside(state + 1);
}
int f(int x)
{
	return one(x) + 1;
}
int g(int x)
{
#ifdef POST
	return one(two(x)) + 2;
#else
	return two(one(x)) + 2;
#endif
}
int h(int x)
{
	return two(x) + 3;
}
