// SPDX-License-Identifier: GPL-2.0
// The address of a new function is given away.
// = copied added
// = escapes
#include "../../../objects/kernel.h"

extern void keep(int (*callback)(int));
#ifdef POST
static noinline int added(int a)
{
	return outside(a) + 3;
}
#else
#define added outside
#endif

void f(void)
{
	keep(added);
}
