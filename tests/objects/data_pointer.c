// SPDX-License-Identifier: GPL-2.0
// A table whose pointer goes elsewhere.
// = changed datum table: a reference at +0x8: g, was f
// = reason datum-switched
#include "kernel.h"

int f(int x)
{
	return x;
}
int g(int x)
{
	return x + 1;
}
#ifdef POST
int (*const table[2])(int) = { f, g };
#else
int (*const table[2])(int) = { f, f };
#endif
