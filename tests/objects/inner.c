// SPDX-License-Identifier: GPL-2.0
// Unchanged code that points into a changed function.
// = changed function f: *
// = reason inner-reference
#include "kernel.h"

#ifdef POST
#define N "3"
#else
#define N "2"
#endif
asm(".section .text.f,\"ax\"\n.globl f\n.type f, @function\nf: mov $" N ", %eax\ninside: mov %eax, %ecx\n"
    " nop\n.size f, . - f\n"
    ".section .text.g,\"ax\"\n.globl g\n.type g, @function\ng: jmp inside\n.size g, . - g\n.previous");
