// SPDX-License-Identifier: GPL-2.0
// A pr_debug() that moved is the same.
// = changed function first: *
// = new datum __UNIQUE_ID_ddebug#.#
// = new datum __func__.#
#include "kernel.h"

int first(void)
{
#ifdef POST
	DEBUG("first");
#endif
	return outside(1);
}
#ifdef POST
#line 99
#endif
int f(void)
{
	DEBUG("second");
	return outside(2);
}
