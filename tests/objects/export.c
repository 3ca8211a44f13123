// SPDX-License-Identifier: GPL-2.0
// A new export.
// = reason export-changed
#include "kernel.h"

int f(void)
{
	return 0;
}
#ifdef POST
EXPORT(f);
#endif
