// SPDX-License-Identifier: GPL-2.0
// A section nobody knows.
// = changed datum entry: bytes at +0x0
// = reason section-changed
#include "kernel.h"

#ifdef POST
#define N 2
#else
#define N 1
#endif
static int entry __attribute__((section("__mystery"), used)) = N;
int f(void)
{
	return 1;
}
