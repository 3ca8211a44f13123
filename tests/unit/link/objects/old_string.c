// SPDX-License-Identifier: GPL-2.0
// A string that the old code has too is that very string; so nothing new gets out.
// = relocation CONTENT .rodata.str1.1
// = no escapes
#include "../../../objects/kernel.h"

void f(int a)
{
	printk("an old string\n");
#ifdef POST
	outside(a);
	printk("an old string\n");
#endif
}
