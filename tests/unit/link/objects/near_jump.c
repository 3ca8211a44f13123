// SPDX-License-Identifier: GPL-2.0
// A jump in a replacement becomes short where its target is near ahead.
// = site alternative 4
#include "../../../objects/kernel.h"

void f(int a)
{
	outside(a);
	asm volatile("661: .byte 0xe9; .long 663f - . - 4\n662: nop; nop\n663:\n"
		     ".pushsection .altinstructions,\"a\"\n"
		     " .long 661b - .\n .long 6641f - .\n .word 5\n .byte 5\n .byte 5\n"
		     " .long 661b - .\n .long 6641f - .\n .word 6\n .byte 5\n .byte 0\n"
		     ".popsection\n.pushsection .altinstr_replacement,\"ax\"\n"
		     "6641: .byte 0xe9; .long 663b - . - 4\n.popsection");
#ifdef POST
	outside(a + 1);
#endif
}
