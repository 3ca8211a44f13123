// SPDX-License-Identifier: GPL-2.0
// __func__ goes by content, whatever its number.
// = changed function first: *
// = new datum __func__.#
#include "kernel.h"

int first(void)
{
#ifdef POST
	printk("%s", __func__);
#endif
	return outside(1);
}
int f(void)
{
	return printk("%s", __func__) + 1;
}
