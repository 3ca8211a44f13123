// SPDX-License-Identifier: GPL-2.0
// The new content of a changed constant goes along; it is reached by the new code only.
// = copied table
// = jump f
// = no escapes
#include "../../../objects/kernel.h"

#ifdef POST
#define N 3
#else
#define N 2
#endif
static const int table[4] = { 1, N, 3, 4 };
int f(unsigned int x)
{
	return outside(table[x]);
}
