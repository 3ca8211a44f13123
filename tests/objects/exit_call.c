// SPDX-License-Identifier: GPL-2.0
// vmlinux never exits: a new exit call is nothing.
#include "kernel.h"

int f(int x)
{
	return outside(x);
}
#ifdef POST
asm(".section \".exitcall.exit\",\"aw\"\n .quad f\n.previous");
#endif
