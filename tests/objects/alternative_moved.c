// SPDX-License-Identifier: GPL-2.0
// Replacements lie in one section; that they move in it is noise.
// = changed function first: an alternative more or less
#include "kernel.h"

void first(void)
{
#ifdef POST
	ALTERNATIVE("nop; nop", "lea 1(%rax), %eax", 9);
#else
	asm volatile("nop; nop");
#endif
}
void f(void)
{
	ALTERNATIVE("nop; nop", "call outside", 77);
}
