// SPDX-License-Identifier: GPL-2.0
// Code that runs whenever the module is loaded.
// = changed function f: *
// = reason module-init
#include "kernel.h"

#ifdef POST
#define N 2
#else
#define N 1
#endif
int __init f(int x)
{
	return outside(x) + N;
}
