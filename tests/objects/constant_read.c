// SPDX-License-Identifier: GPL-2.0
// A changed constant that functions of its unit only read: the new content goes along, with all its readers.
// = changed datum table: bytes at +0x4
// = changed function f: forced: refers to a constant that changed
// = changed function g: forced: refers to a constant that changed
#include "kernel.h"

#ifdef POST
#define N 3
#else
#define N 2
#endif
static const int table[4] = { 1, N, 3, 4 };
int f(unsigned int x)
{
	return outside(table[x]);
}
int g(unsigned int x)
{
	return outside(table[x + 1]) + 1;
}
int other(int x)
{
	return outside(x);
}
