// SPDX-License-Identifier: GPL-2.0
// A pr_debug() that says something else is another one.
// = changed function f: *
// = new datum __UNIQUE_ID_ddebug#.#
// = removed datum __UNIQUE_ID_ddebug#.#
#include "kernel.h"

int f(void)
{
#ifdef POST
	DEBUG("new %p");
#else
	DEBUG("old %p");
#endif
	return outside(2);
}
