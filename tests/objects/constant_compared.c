// SPDX-License-Identifier: GPL-2.0
// Code that asks whether something is this constant must go on finding it: its content changes where it is.
// = changed datum kind: bytes at +0x0
// = reason datum-switched
#include "kernel.h"

#ifdef POST
#define VALUE 7
#else
#define VALUE 2
#endif
static const int kind[4] = { VALUE, 2, 3, 4 };
int f(const int *x)
{
	return x == kind;
}
