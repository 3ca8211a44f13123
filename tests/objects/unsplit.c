// SPDX-License-Identifier: GPL-2.0
// Data that share a section move in it; instructions with a trailing immediate still tell which is meant.
// = changed function g: a reference at *: flag_a, was flag_b
// = changed function h: *
// = new datum flag_c
#include "kernel.h"

#define once __attribute__((section(".data.once")))
#ifdef POST
once char flag_c = 1;
#endif
once char flag_a = 1, flag_b = 1;
void f(void)
{
	flag_a = 2; /* movb $2, flag_a(%rip) */
}
void g(void)
{
#ifdef POST
	flag_a = 3;
#else
	flag_b = 3;
#endif
}
void h(void)
{
#ifdef POST
	flag_c = 4;
#endif
	outside(3);
}
