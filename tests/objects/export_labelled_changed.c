// SPDX-License-Identifier: GPL-2.0
// One export more, and another one under another licence.
// = reason export-changed
#include "kernel.h"

int f(void)
{
	return 0;
}
int g(void)
{
	return 1;
}
#ifdef POST
EXPORT_LABELLED(f, "");
EXPORT_LABELLED(g, "GPL");
#else
EXPORT_LABELLED(f, "GPL");
#endif
