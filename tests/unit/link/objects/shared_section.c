// SPDX-License-Identifier: GPL-2.0
// Functions that share a section by name call each other without a relocation; the copy calls the original.
// = relocation SECTION .sched.text
// = not copied g
#include "../../../objects/kernel.h"

#define __sched __attribute__((section(".sched.text")))

static noinline __sched int g(int a)
{
	return outside(a) + 1;
}

__sched int f(int a)
{
#ifdef POST
	outside(1);
#endif
	return g(a) + g(a + 1);
}
