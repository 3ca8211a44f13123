// SPDX-License-Identifier: GPL-2.0
// A new function is called directly; its address is not taken.
// = copied added
// = no escapes
#include "../../../objects/kernel.h"

#ifdef POST
static noinline int added(int a)
{
	return outside(a) + 3;
}
#else
#define added outside
#endif

int f(int a)
{
	return added(a) + 1;
}
