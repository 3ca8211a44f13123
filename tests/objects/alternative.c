// SPDX-License-Identifier: GPL-2.0
// The replacement of an alternative differs, the plain code does not.
// = changed function f: an alternative at *: bytes at +0x*
#include "kernel.h"

#ifdef POST
#define NEW "xor %eax, %eax"
#else
#define NEW "xor %ecx, %ecx"
#endif
void f(void)
{
	ALTERNATIVE("nop; nop", NEW, 77);
}
