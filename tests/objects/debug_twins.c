// SPDX-License-Identifier: GPL-2.0
// Two debug messages of a function that changes, whose descriptors have the same name: what they say tells which is which.
// = changed function f: *
#include "kernel.h"

int f(int x)
{
#ifdef POST
	if (x < 0)
		return -22;
#endif
	if (x == 4)
		DEBUG_(descriptor, "four %p");
	else if (x == 6)
		DEBUG_(descriptor, "six %p");
	return outside(x);
}
