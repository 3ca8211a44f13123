// SPDX-License-Identifier: GPL-2.0
// So does a call that an alternative replaces.
// = relocation NAMED outside
#include "../../../objects/kernel.h"

void f(int a)
{
	ALTERNATIVE("call outside", "xor %eax, %eax", 77);
#ifdef POST
	asm volatile("nop");
#endif
}
