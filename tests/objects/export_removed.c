// SPDX-License-Identifier: GPL-2.0
// A removed export.
// = reason export-gone
#include "kernel.h"

int f(void)
{
	return 0;
}
#ifndef POST
EXPORT(f);
#endif
