// SPDX-License-Identifier: GPL-2.0
// An object that lives on leads to the old table.
// = changed datum settings: bytes at +0x4
// = reason datum-switched
#include "kernel.h"

#ifdef POST
#define VALUE 7
#else
#define VALUE 2
#endif
static const int settings[4] = { 1, VALUE, 3, 4 };
void f(const int **device, int x)
{
	*device = &settings[x];
}
