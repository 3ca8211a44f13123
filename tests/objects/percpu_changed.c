// SPDX-License-Identifier: GPL-2.0
// Every CPU has its copy of a per-CPU variable, so another initial content changes nothing.
// = changed datum counter: bytes at +0x0
// = reason initial-value
#include "kernel.h"

#ifdef POST
#define FIRST 7
#else
#define FIRST 5
#endif
__attribute__((section(".data..percpu"))) int counter = FIRST;
int f(int x)
{
	asm volatile("incl %%gs:%0" : "+m"(counter));
	return outside(x);
}
