// SPDX-License-Identifier: GPL-2.0
// Numbers that others read: nothing new is about after a reversal.
// = datum limits 0 16
// = no escapes
#include "../../../objects/kernel.h"

#ifdef POST
#define LIMIT 7
#else
#define LIMIT 9
#endif
const int limits[4] = { 1, 2, LIMIT, 4 };
int f(int x)
{
	return outside(x);
}
