// SPDX-License-Identifier: GPL-2.0
// A new initcall.
// = new function g
// = reason initcall-changed
#include "kernel.h"

int f(void)
{
	return 0;
}
INITCALL(f);
#ifdef POST
int g(void)
{
	return 1;
}
INITCALL(g);
#endif
