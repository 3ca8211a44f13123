// SPDX-License-Identifier: GPL-2.0
// Functions that share a section call each other without relocations; how far they are from each other is noise.
// = changed function g: *
#include "kernel.h"

#define __sched __attribute__((section(".sched.text")))
noinline __sched int f(int a)
{
	return outside(a) + 1;
}
noinline __sched int g(int a)
{
#ifdef POST
	outside(a);
	outside(a + 1);
#endif
	return f(a) * 3;
}
noinline __sched int h(int a)
{
	return f(a) + g(a) * 2;
}
