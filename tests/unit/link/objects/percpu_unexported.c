// SPDX-License-Identifier: GPL-2.0
// Every CPU gets its copy of a per-CPU variable before kmend.ko can fill in a reference in it.
// = reason early-unexported
#include "../../../objects/kernel.h"

extern int unexported(int);
#ifdef POST
__attribute__((section(".data..percpu"))) int (*call)(int) = unexported;
#endif
int f(int x)
{
#ifdef POST
	asm volatile("incl %%gs:%0" : "+m"(call));
#endif
	return outside(x);
}
