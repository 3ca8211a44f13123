// SPDX-License-Identifier: GPL-2.0
// A line number spelt out in a string is noise; other digits are not.
// = changed function g: a reference at *: "slot 2", was "slot 1"
#include "kernel.h"

#ifdef POST
#define LINE "12"
#define SLOT "2"
#else
#define LINE "9"
#define SLOT "1"
#endif
int f(void)
{
	return printk("write at fs/x.c:" LINE) + 1;
}
int g(void)
{
	return printk("slot " SLOT) + 1;
}
