// SPDX-License-Identifier: GPL-2.0
// Which function of its section one calls is no noise.
// = changed function h: a reference at *: g, was f
#include "kernel.h"

#define __sched __attribute__((section(".sched.text")))
noinline __sched int f(int a)
{
	return outside(a) + 1;
}
noinline __sched int g(int a)
{
	return outside(a) + 2;
}
#ifdef POST
#define callee g
#else
#define callee f
#endif
noinline __sched int h(int a)
{
	return callee(a) + 7;
}
