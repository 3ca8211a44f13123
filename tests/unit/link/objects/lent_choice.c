// SPDX-License-Identifier: GPL-2.0
// One of two strings is chosen on the way to the call: what becomes of the other is not looked for.
// = escapes
#include "../../../objects/kernel.h"

extern int strcmp(const char *a, const char *b);

int f(const char *name)
{
#ifdef POST
	return strcmp(name, outside(2) ? "a new name" : "another") + 1;
#else
	return outside(1);
#endif
}
