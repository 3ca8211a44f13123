// SPDX-License-Identifier: GPL-2.0
// A changed function with one name more.
// = changed function f: *
// = reason alias-changed
#include "kernel.h"

#ifdef POST
#define N 2
#else
#define N 1
#endif
int f(int x)
{
	return outside(x) + N;
}
#ifdef POST
int g(int x) __attribute__((alias("f")));
#endif
