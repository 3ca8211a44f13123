// SPDX-License-Identifier: GPL-2.0
// A new export between others, in the form of newer kernels.
// = reason export-new
// ~ g: an export is new (.export_symbol)
#include "kernel.h"

int f(void)
{
	return 0;
}
int g(void)
{
	return 1;
}
int h(void)
{
	return 2;
}
EXPORT_LABELLED(f, "GPL");
#ifdef POST
EXPORT_LABELLED(g, "a longer licence");
#endif
EXPORT_LABELLED(h, "");
