// SPDX-License-Identifier: GPL-2.0
// The same bytes that call another function are a change.
// = changed function f: a reference at *: other, was outside
#include "kernel.h"

extern int other(int);
int f(int x)
{
#ifdef POST
	return other(x) + 1;
#else
	return outside(x) + 1;
#endif
}
