// SPDX-License-Identifier: GPL-2.0
// New and removed functions.
// = changed function f: *
// = new function added
// = removed function gone
#include "kernel.h"

#ifdef POST
static noinline int added(int x)
{
	return outside(x) + 2;
}
#define HELP added
#else
static noinline int gone(int x)
{
	return outside(x) + 1;
}
#define HELP gone
#endif
int f(int x)
{
	return HELP(x) * 2;
}
