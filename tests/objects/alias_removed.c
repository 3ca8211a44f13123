// SPDX-License-Identifier: GPL-2.0
// An unchanged function that lost its global name is still the same.
#include "kernel.h"

static int __attribute__((used)) f(int x)
{
	return outside(x) + 1;
}
#ifndef POST
int g(int x) __attribute__((alias("f")));
#endif
