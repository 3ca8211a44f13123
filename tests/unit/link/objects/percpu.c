// SPDX-License-Identifier: GPL-2.0
// A new per-CPU variable; its address is not taken.
// = copied counter
// = no escapes
#include "../../../objects/kernel.h"

#ifdef POST
__attribute__((section(".data..percpu"))) int counter;
#endif
int f(int x)
{
#ifdef POST
	asm volatile("incl %%gs:%0" : "+m"(counter));
#endif
	return outside(x);
}
