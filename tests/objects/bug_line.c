// SPDX-License-Identifier: GPL-2.0
// The line number in a bug entry is noise.
#include "kernel.h"

#ifdef POST
#define LINE 77
#else
#define LINE 76
#endif
int f(int x)
{
	BUG_AT(LINE, 1);
	return x;
}
