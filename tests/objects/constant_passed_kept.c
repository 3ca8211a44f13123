// SPDX-License-Identifier: GPL-2.0
// The same of one that grew: there is no room for it where it is, and what may have been kept leads to the old one.
// = changed datum description: size 0x14, was 0x10
// = changed function f: *
// = reason data-changed
#include "kernel.h"

extern int announce(const int *description);
#ifdef POST
#define N 5
#else
#define N 4
#endif
static const int description[N] = { 1, 2, 3, 4 };
int f(int x)
{
	return announce(description) + x;
}
