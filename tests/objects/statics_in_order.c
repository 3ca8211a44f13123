// SPDX-License-Identifier: GPL-2.0
// Changed functions keep their statics: taken crosswise, their content would differ.
// = changed function f: *
// = changed function first: *
// = new datum table.#
// = changed function g: *
#include "kernel.h"

#ifdef POST
#define N 3
static int (*first(void))[4]
{
	static int table[4] = { 9 };

	return &table;
}
#else
#define N 2
static int first(void)
{
	return 1;
}
#endif
int g(int x)
{
	static int count = 1;

	count += x;
	return outside(count) * N;
}
int f(int x)
{
	static int count = 2;

	count += x;
	return outside(count) + N;
}
void *use(void)
{
	return first;
}
