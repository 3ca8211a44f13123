// SPDX-License-Identifier: GPL-2.0
// Code that another unit may override.
// = changed function f: *
// = reason weak-function
#include "kernel.h"

#ifdef POST
#define N 2
#else
#define N 1
#endif
__attribute__((weak)) int f(int x)
{
	return outside(x) + N;
}
