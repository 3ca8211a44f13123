// SPDX-License-Identifier: GPL-2.0
// A table of functions whose address is handed on: live objects may hold the old one.
// = changed datum operations: a reference at +0x8: h, was g
// = reason datum-switched
#include "kernel.h"

typedef int operation(int);
extern int announce(operation *const *operations);
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
int f(int x)
{
	return announce(operations) + x;
}
