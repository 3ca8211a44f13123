// SPDX-License-Identifier: GPL-2.0
// The same for statics: there the section and the addend are all there is.
// = changed function g: a reference at *: flag_a, was flag_b
#include "kernel.h"

#define once __attribute__((section(".data.once"), used))
static once volatile char flag_a = 1, flag_b = 1;
void f(void)
{
	flag_a = 2; /* movb $2, .data.once + …(%rip) */
	flag_b = 2;
}
void g(void)
{
#ifdef POST
	flag_a = 3;
#else
	flag_b = 3;
#endif
}
