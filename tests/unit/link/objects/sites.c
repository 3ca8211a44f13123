// SPDX-License-Identifier: GPL-2.0
// Every kind of site, and some in each other.
// = site alternative 2
// = site paravirt 3
// = site ftrace 2
// = site jump label 2
// = site lock prefix 2
// = site static call 3
#include "../../../objects/kernel.h"

struct static_key key;

void f(int a)
{
	outside(a);
	outside(a + 2);
	BRANCH(key);
	asm volatile(LOCKED "incl (%rdi)");
	asm volatile("771: call *exported\n772:\n"
		     ".pushsection .parainstructions,\"a\"\n .balign 8\n .quad 771b\n"
		     " .byte 3\n .byte 772b - 771b\n .balign 8\n.popsection");
	STATIC_CALL(key);
	ALTERNATIVE("nop; nop; nop", "xor %eax, %eax", 77);
	asm volatile("lea (%rdi), %rax");
	ALTERNATIVE("call exported; nop", "mfence", 12);
#ifdef POST
	outside(a + 1);
#endif
}
