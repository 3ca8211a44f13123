// SPDX-License-Identifier: GPL-2.0
// Numbers of types, which are written when the kernel is linked: new code uses the kernel's own.
// = relocation SECTION .BTF_ids
#include "../../../objects/kernel.h"

#define ID_(name, number)                                                                                  \
	asm(".pushsection .BTF_ids,\"a\"; .local __BTF_ID__struct__" #name "__" #number                    \
	    "; .type __BTF_ID__struct__" #name "__" #number ", STT_OBJECT; .size __BTF_ID__struct__" #name \
	    "__" #number ", 4; __BTF_ID__struct__" #name "__" #number ": .zero 4; .popsection")
#define ID(name, number) ID_(name, number)
#ifdef POST
#define NUMBER 12
#else
#define NUMBER 11
#endif
ID(other, NUMBER);
asm(".pushsection .BTF_ids,\"a\"; .local list; list:; .popsection");
extern unsigned int list[];
ID(sk_buff, 1);

int f(int a)
{
#ifdef POST
	return outside(list[0] + a) + 1;
#else
	return outside(list[0] + a);
#endif
}
