// SPDX-License-Identifier: GPL-2.0
// A description handed to a function of which nothing is known: something may keep it, so it changes where it is.
// = changed datum description: bytes at +0x4
// = reason datum-switched
#include "kernel.h"

extern int announce(const int *description);
#ifdef POST
#define VALUE 7
#else
#define VALUE 2
#endif
static const int description[4] = { 1, VALUE, 3, 4 };
int f(int x)
{
	return announce(description) + x;
}
