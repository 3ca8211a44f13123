// SPDX-License-Identifier: GPL-2.0
// Only the hot part changes: the cold part goes with it.
// = changed function f.cold: forced: the function it is a part of changed
// = changed function f: *
#include "kernel.h"

#ifdef POST
#define N 7
#else
#define N 6
#endif
int f(int x)
{
	int y = outside(x);

	if (y) {
		complain(1);
		return outside(x) + 4;
	}
	return outside(y) + N;
}
