// SPDX-License-Identifier: GPL-2.0
// Where a unit has static functions only, one with a long name tells it: no twin is likely to be called so, too.
// = witness function_with_a_long_name
#include "../../../objects/kernel.h"

static noinline int get(int a)
{
	return a & 1;
}

static noinline int function_with_a_long_name(int a)
{
	return outside(a + 4);
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

int (*table[])(int) = { f, get, function_with_a_long_name };
