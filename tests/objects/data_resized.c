// SPDX-License-Identifier: GPL-2.0
// A variable that becomes larger: the running kernel has no room for it.
// = changed datum table: size 0x14, was 0x10
// = changed function f: *
// = reason data-size
#include "kernel.h"

#ifdef POST
#define N 5
#else
#define N 4
#endif
int table[N] = { 1 };
int f(int x)
{
	table[x % N] = outside(x);
	return x;
}
