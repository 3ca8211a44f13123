// SPDX-License-Identifier: GPL-2.0
// A function that calls itself, or takes its own address, means the original.
// = relocation SECTION .text
// = no escapes
#include "../../../objects/kernel.h"

extern void keep(int (*callback)(int));
static noinline int f(int a);
int (*volatile hidden)(int) = f;

static noinline int f(int a)
{
	keep(f);
#ifdef POST
	return a ? hidden(a - 1) * 3 : 2;
#else
	return a ? hidden(a - 1) * 2 : 2;
#endif
}
