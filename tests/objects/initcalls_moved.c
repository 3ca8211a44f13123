// SPDX-License-Identifier: GPL-2.0
// The order of initcalls within a unit has no meaning any more.
#include "kernel.h"

int f(void)
{
	return 0;
}
int g(void)
{
	return 1;
}
#ifdef POST
INITCALL(g);
INITCALL(f);
#else
INITCALL(f);
INITCALL(g);
#endif
