// SPDX-License-Identifier: GPL-2.0
// A number of a type that the kernel does not have cannot be used.
// = changed function f: *
// = reason filled-in-changed
#include "kernel.h"

asm(".pushsection .BTF_ids,\"a\"; .local list; list:; .zero 4; .popsection");
#ifdef POST
asm(".pushsection .BTF_ids,\"a\"; .zero 4; .popsection");
#define INDEX 1
#else
#define INDEX 0
#endif
extern unsigned int list[];

int f(int a)
{
	return outside(list[INDEX] + a);
}
