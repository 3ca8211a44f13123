// SPDX-License-Identifier: GPL-2.0
// The old code says nothing of a datum that the new code needs, but another function does.
// = witness g
// = relocation SECTION .rodata
// = not copied table
#include "../../../objects/kernel.h"

static int table[4] = { 1, 2, 3, 4 };

int g(int a)
{
	return table[a & 3];
}

int unrelated(int a)
{
	return outside(a) + outside(a + 1) + table[a & 1] + table[a & 3];
}

int f(int a)
{
#ifdef POST
	return outside(table[a & 3]);
#else
	return outside(a);
#endif
}
