// SPDX-License-Identifier: GPL-2.0
// A new export.
// = reason export-new
// ~ f: an export is new (___ksymtab_gpl+f)
#include "kernel.h"

int f(void)
{
	return 0;
}
#ifdef POST
EXPORT(f);
#endif
