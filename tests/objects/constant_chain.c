// SPDX-License-Identifier: GPL-2.0
// A constant that refers to one that grew has changed, too.
// = changed datum inner: *
// = changed datum outer: forced: refers to a constant that changed
// = changed function f: forced: refers to a constant that changed
#include "kernel.h"

#ifdef POST
#define COUNT 5
#else
#define COUNT 4
#endif
static const int inner[COUNT] = { 1, 2, 3, 4 };
static const int *const outer[2] = { inner, inner + 1 };
int f(unsigned int x)
{
	return *outer[x];
}
