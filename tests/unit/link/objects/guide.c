// SPDX-License-Identifier: GPL-2.0
// A static function may have a twin in another unit: a global function of the unit tells which one it is.
// = witness small
#include "../../../objects/kernel.h"

int large(int a)
{
	return outside(a) + outside(a + 1) + outside(a + 2);
}

int small(int a)
{
	return outside(a);
}

#ifdef POST
#define N 2
#else
#define N 1
#endif
static noinline int f(int a)
{
	return a > N ? 7 : 0;
}

int (*table)(int) = f;
