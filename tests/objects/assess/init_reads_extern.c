// SPDX-License-Identifier: GPL-2.0
// What the code that ran at boot would have read only, it would not have set up.
// = verdict hotpatch
// = init-code:setup
#include "../kernel.h"

extern int setting;

int live(int x)
{
#ifdef POST
	return outside(x) + setting;
#else
	return outside(x);
#endif
}
int __init setup(int x)
{
#ifdef POST
	x += setting;
#endif
	return outside(x);
}
