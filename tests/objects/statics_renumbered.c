// SPDX-License-Identifier: GPL-2.0
// A new static local gives the others new numbers; only its own function changes.
// = changed function first: *
// = new datum count.#
#include "kernel.h"

int first(int x)
{
#ifdef POST
	static long count;

	count += x;
	printk("%d", &count);
#endif
	return outside(x);
}
int f(int x)
{
	static int count;

	count += x;
	return outside(count) + 1;
}
int g(int x)
{
	static int count = 5;

	count += x;
	return outside(count) + 2;
}
