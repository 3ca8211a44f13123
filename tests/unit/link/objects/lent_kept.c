// SPDX-License-Identifier: GPL-2.0
// A string that is compared, and given away as well.
// = escapes
#include "../../../objects/kernel.h"

extern int strcmp(const char *a, const char *b);
extern const char *kept;

int f(const char *name)
{
#ifdef POST
	const char *mine = "a new name";

	kept = mine;
	return strcmp(name, mine) + 1;
#else
	return outside(1);
#endif
}
