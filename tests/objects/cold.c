// SPDX-License-Identifier: GPL-2.0
// Only the cold part changes: the function goes with it.
// = changed function f: forced: its cold part changed
// = changed function f.cold: *
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
		complain(N);
		return outside(x) + 4;
	}
	return outside(y) + 1;
}
