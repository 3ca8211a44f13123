// SPDX-License-Identifier: GPL-2.0
// A new per-CPU variable.
// = changed function f: *
// = new datum counter
// = reason percpu-data
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
