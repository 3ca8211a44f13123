// SPDX-License-Identifier: GPL-2.0
// no profiling
// Cold code is not aligned: whether one store can switch it shows in the kernel.
// = jump f
#include "../../../objects/kernel.h"

__attribute__((aligned(1), section(".text.unlikely"))) int f(int a)
{
#ifdef POST
	return outside(a) + 1;
#else
	return outside(a) + 2;
#endif
}
