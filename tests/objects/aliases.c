// SPDX-License-Identifier: GPL-2.0
// Several names of one function are one function.
// = changed function f: *
#include "kernel.h"

#ifdef POST
#define N 2
#else
#define N 1
#endif
noinline int f(int x)
{
	return outside(x) + N;
}
int g(int x) __attribute__((alias("f")));
static int h(int x) __attribute__((alias("f"), used));
int k(int x)
{
	return g(x) + 1;
}
