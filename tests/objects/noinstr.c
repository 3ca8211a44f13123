// SPDX-License-Identifier: GPL-2.0
// Entry code.
// = changed function f: *
// = reason noinstr-code
#include "kernel.h"

#ifdef POST
#define N 2
#else
#define N 1
#endif
__attribute__((section(".noinstr.text"))) int f(int x)
{
	return x + N;
}
