// SPDX-License-Identifier: GPL-2.0
// A new module parameter: nobody can set it, and its variable starts as it says.
// = reason parameter-new
// ~ *: a module parameter is new (__param)
// = new datum value
#include "kernel.h"

#ifdef POST
int value;
static struct { const char *name; void *a, *b; int c, d; void *p; } param
	__attribute__((section("__param"), used, aligned(8))) = { "value", 0, 0, 0, 0, &value };
#endif
int f(void)
{
	return 1;
}
