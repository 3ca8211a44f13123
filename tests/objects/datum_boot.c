// SPDX-License-Identifier: GPL-2.0
// Boot has read it already, and done with it what it did.
// = changed datum settings: bytes at +0x4
// = reason data-changed
#include "kernel.h"

extern int use(int x);
#ifdef POST
#define VALUE 7
#else
#define VALUE 2
#endif
static const int settings[4] = { 1, VALUE, 3, 4 };
__attribute__((section(".init.text"))) int start(unsigned int x)
{
	return use(settings[x]);
}
int f(unsigned int x)
{
	return use(settings[x]);
}
