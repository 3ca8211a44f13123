// SPDX-License-Identifier: GPL-2.0
// A new per-CPU variable: the module loader makes room for it.
// = changed function f: *
// = new datum counter
#include "kernel.h"

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
