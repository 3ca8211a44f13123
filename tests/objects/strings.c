// SPDX-License-Identifier: GPL-2.0
// A string is what it says, wherever it lies.
// = changed function g: a reference at *: "new", was "old"
#include "kernel.h"

int f(void)
{
	return printk("unchanged") + 1;
}
int g(void)
{
#ifdef POST
	return printk("new") + 1;
#else
	return printk("old") + 1;
#endif
}
