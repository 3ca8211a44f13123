// SPDX-License-Identifier: GPL-2.0
// What may give a pointer into it back does not only borrow a string.
// = escapes
#include "../../../objects/kernel.h"

extern char *strstr(const char *a, const char *b);
extern int keep(const char *what);

int f(const char *name)
{
#ifdef POST
	return keep(strstr("a new name", name)) + 1;
#else
	return outside(1);
#endif
}
