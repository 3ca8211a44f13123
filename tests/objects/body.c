// SPDX-License-Identifier: GPL-2.0
// One function changes; its caller does not.
// = changed function f: bytes at +*
#include "kernel.h"

#ifdef POST
#define N 5
#else
#define N 3
#endif
noinline int f(int x)
{
	return outside(x) + N;
}
int g(int x)
{
	return f(x) + 1;
}
