// SPDX-License-Identifier: GPL-2.0
// The flags in a bug entry are not.
// = changed function f: a bug entry at *: bytes at +0xa
#include "kernel.h"

#ifdef POST
#define FLAGS 3
#else
#define FLAGS 1
#endif
int f(int x)
{
	BUG_AT(5, FLAGS);
	return x;
}
