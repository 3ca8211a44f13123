// SPDX-License-Identifier: GPL-2.0
// A parameter of another name in place of the first.
// = reason parameter-changed
#include "kernel.h"

#ifdef POST
#define NAME "after"
#else
#define NAME "before"
#endif
int value;
static struct {
	const char *name;
	void *a, *b;
	int c, d;
	void *p;
} param __attribute__((section("__param"), used, aligned(8))) = { NAME, 0, 0, 0, 0, &value };
int f(void)
{
	return 1;
}
