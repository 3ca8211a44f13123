// SPDX-License-Identifier: GPL-2.0
// A module's init changes along with a function that it calls: the old init would call the new function.
// = verdict hotpatch+hook
// = module-init:setup
// = signature-changed:live
#include "../kernel.h"

#ifdef POST
#define N , 2
#define M , int y
#define Y y
#else
#define N
#define M
#define Y 1
#endif
noinline int live(int x M)
{
	return outside(x) + Y;
}
int __init setup(int x)
{
	return live(x N);
}
