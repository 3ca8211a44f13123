// SPDX-License-Identifier: GPL-2.0
// So it is for the slow way of a feature test.
// = changed function first: *
#include "kernel.h"

void first(void)
{
#ifdef POST
	CPU_HAS(1);
#else
	outside(1);
#endif
}
void f(void)
{
	CPU_HAS(2);
}
