// SPDX-License-Identifier: GPL-2.0
// As many numbers as before, in other rows.
// = verdict hotpatch+hook
// = layout-changed:thing
// ~ member cells was
#include "../kernel.h"

#ifdef POST
#define ROWS 3
#define COLUMNS 2
#else
#define ROWS 2
#define COLUMNS 3
#endif
struct thing {
	int cells[ROWS][COLUMNS];
};
struct thing *first;

int f(int x)
{
	return outside(x) + first->cells[1][x & 1];
}
