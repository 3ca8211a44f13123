// SPDX-License-Identifier: GPL-2.0
// A function that ends right behind its ftrace site, and another one begins there.
// = ftrace f
#include "../../../objects/kernel.h"

__attribute__((naked, aligned(16))) int f(int a)
{
#ifdef POST
	asm("nop; ud2");
#else
	asm("ud2");
#endif
}
__attribute__((aligned(1))) int g(int a)
{
#ifdef POST
	return outside(a) + 1;
#else
	return outside(a) + 2;
#endif
}
