// SPDX-License-Identifier: GPL-2.0
// As it runs, another function refers to the constant, too: it goes along.
// = changed datum table: bytes at +0x4
// = changed function f: forced: refers to a constant that changed
// = changed function g: forced: refers to a constant that changed, as it runs
#include "kernel.h"

#ifdef POST
#define VALUE 7
#else
#define VALUE 2
#endif
static const int table[4] = { 1, VALUE, 3, 4 };
int f(unsigned int x)
{
	return outside(table[x]);
}
int g(unsigned int x)
{
#ifdef RUN
	return outside(table[x] + 1);
#else
	return outside(x);
#endif
}
