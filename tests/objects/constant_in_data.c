// SPDX-License-Identifier: GPL-2.0
// Live data lead to the old constant.
// = changed datum inner: bytes at +0x4
// = reason datum-switched
#include "kernel.h"

#ifdef POST
#define VALUE 7
#else
#define VALUE 2
#endif
static const int inner[4] = { 1, VALUE, 3, 4 };
const int *known = inner;
int f(unsigned int x)
{
	return inner[x];
}
