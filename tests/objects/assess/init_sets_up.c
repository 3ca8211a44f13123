// SPDX-License-Identifier: GPL-2.0
// New code relies on what only boot would set up.
// = verdict hotpatch+hook
// = init-code:setup
// = init-sets-up:setup
#include "../kernel.h"

#ifdef POST
static int table;
#endif
int live(int x)
{
#ifdef POST
	x += table;
#endif
	return outside(x);
}
int __init setup(int x)
{
#ifdef POST
	table = outside(x + 7);
#endif
	return outside(x);
}
