// SPDX-License-Identifier: GPL-2.0
// A constant that another one leads to: whoever read that one may hold its address.
// = changed datum inner: bytes at +0x4
// = reason datum-switched
#include "kernel.h"

#ifdef POST
#define VALUE 7
#else
#define VALUE 2
#endif
static const int inner[4] = { 1, VALUE, 3, 4 };
static const int *const outer[2] = { inner, inner + 1 };
int f(unsigned int x)
{
	return *outer[x];
}
