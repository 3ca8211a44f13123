// SPDX-License-Identifier: GPL-2.0
// New code cannot use what was freed after the start.
// = reason freed-reference
#include "../../../objects/kernel.h"

static int setting __attribute__((section(".init.data"), used));

static noinline int __init start(int a)
{
	setting = a;
	return outside(a);
}
int f(int a)
{
#ifdef POST
	return start(a) + 1;
#else
	return outside(a);
#endif
}
int __init boot(void)
{
	return start(1);
}
