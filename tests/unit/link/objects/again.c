// SPDX-License-Identifier: GPL-2.0
// Two alternatives of one place, of which the later one wins.
// = site alternative 3
#include "../../../objects/kernel.h"

void f(int a)
{
	outside(a);
	asm volatile("661: nop; nop; nop; nop\n662:\n"
		     ".pushsection .altinstructions,\"a\"\n"
		     " .long 661b - .\n .long 6641f - .\n .word 5\n .byte 4\n .byte 2\n"
		     " .long 661b - .\n .long 6642f - .\n .word 6\n .byte 4\n .byte 4\n"
		     " .long 661b - .\n .long 6643f - .\n .word 7\n .byte 4\n .byte 0\n"
		     ".popsection\n.pushsection .altinstr_replacement,\"ax\"\n"
		     "6641: xor %eax, %eax\n6642: lea 4(%rax), %rax\n6643:\n.popsection");
#ifdef POST
	outside(a + 1);
#endif
}
