// SPDX-License-Identifier: GPL-2.0
// New data are welcome, removed ones no matter.
// = changed function f: *
// = new datum limit
// = removed datum old
#include "kernel.h"

#ifdef POST
static int limit = 4;
#else
static int old = 4;
#define limit old
#endif
int f(int x)
{
	return outside(x) + limit++;
}
