// SPDX-License-Identifier: GPL-2.0
// A function that is jumped to has no way back into this code on the stack: nothing would hold off the reversal.
// = escapes
#include "../../../objects/kernel.h"

extern int strcmp(const char *a, const char *b);

#ifdef POST
int f(const char *name)
{
	return strcmp(name, "a new name");
}
#else
int f(const char *name)
{
	return outside(1);
}
#endif
