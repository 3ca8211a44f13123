// SPDX-License-Identifier: GPL-2.0
// A table of functions that is only called through.
// = changed datum operations: a reference at +0x8: h, was g
// = changed function f: forced: refers to a constant that changed
#include "kernel.h"

typedef int operation(int);
int g(int x)
{
	return x;
}
int h(int x)
{
	return x + 1;
}
#ifdef POST
#define SECOND h
#else
#define SECOND g
#endif
static operation *const operations[2] = { g, SECOND };
int f(unsigned int x)
{
	return operations[x](2);
}
