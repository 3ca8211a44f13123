// SPDX-License-Identifier: GPL-2.0
// An address that is handed on and kept for later is not only handed on.
// = changed datum settings: bytes at +0x4
// = reason datum-switched
#include "kernel.h"

extern int parse(const int *settings);
#ifdef POST
#define VALUE 7
#else
#define VALUE 2
#endif
static const int settings[4] = { 1, VALUE, 3, 4 };
void f(const int **device, int x)
{
	const int *chosen = x ? settings : 0;

	parse(chosen);
	*device = chosen;
}
