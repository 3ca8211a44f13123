// SPDX-License-Identifier: GPL-2.0
// A function that is there already cannot be a hook.
// = reason hook-not-new
#include "kernel.h"

int there(void)
{
	return outside(1);
}

#ifdef POST
HOOK(0, there);
#endif
