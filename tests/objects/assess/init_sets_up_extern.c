// SPDX-License-Identifier: GPL-2.0
// The new code relies on another unit's variable, which code that ran at boot would have set.
// = verdict hotpatch+hook
// = init-code:setup
// = init-sets-up:setup
#include "../kernel.h"

extern int setting, other;

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
	setting = outside(x) + other;
#endif
	return outside(x);
}
