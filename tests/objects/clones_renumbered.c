// SPDX-License-Identifier: GPL-2.0
// gcc numbers a clone otherwise: it is the same function, and so are its callers.
// = changed function f: *
#include "kernel.h"

#ifdef POST
#define N 3
#define NAME "helper.part.1"
#else
#define N 2
#define NAME "helper.part.0"
#endif
static __attribute__((__noinline__)) int helper(int x) asm(NAME);
static __attribute__((__noinline__)) int helper(int x)
{
	return outside(x) + 1;
}
int f(int x)
{
	return helper(x) + N;
}
int g(int x)
{
	return helper(x) + 1;
}
