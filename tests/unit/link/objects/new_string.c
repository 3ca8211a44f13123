// SPDX-License-Identifier: GPL-2.0
// The address of a new string goes to somebody who might keep it.
// = escapes
#include "../../../objects/kernel.h"

void f(void)
{
#ifdef POST
	printk("a new string\n");
#else
	outside(1);
#endif
}
