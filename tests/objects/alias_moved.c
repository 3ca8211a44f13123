// SPDX-License-Identifier: GPL-2.0
// A name that goes from one unchanged function to another one: other units' calls do not follow.
// = reason alias-changed
#include "kernel.h"

int f(int x)
{
	return outside(x) + 1;
}
int g(int x)
{
	return outside(x) + 2;
}
#ifdef POST
int name(int x) __attribute__((alias("g")));
#else
int name(int x) __attribute__((alias("f")));
#endif
