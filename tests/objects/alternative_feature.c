// SPDX-License-Identifier: GPL-2.0
// The feature of an alternative differs.
// = changed function f: an alternative at *: bytes at +0x8
#include "kernel.h"

#ifdef POST
#define FEATURE 78
#else
#define FEATURE 77
#endif
void f(void)
{
	ALTERNATIVE("nop; nop", "xor %eax, %eax", FEATURE);
}
