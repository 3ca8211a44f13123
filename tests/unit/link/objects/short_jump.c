// SPDX-License-Identifier: GPL-2.0
// A short jump to a function of the same section: in the copy it goes over a long one, to the original.
// = relocation SECTION .sched.text
// = not copied g
#include "../../../objects/kernel.h"

#define __sched __attribute__((section(".sched.text")))

noinline __sched int g(int a)
{
	return outside(a) + 1;
}

__sched int f(int a)
{
#ifdef POST
	outside(1);
#endif
	return g(a + 1); /* a jump, and g is near */
}
