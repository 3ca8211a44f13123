// SPDX-License-Identifier: GPL-2.0
// A constant that refers to a changed one has changed, too.
// = changed datum inner: bytes at +0x4
// = changed datum outer: forced: refers to a constant that changed
// = changed function f: forced: refers to a constant that changed
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
