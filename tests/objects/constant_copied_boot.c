// SPDX-License-Identifier: GPL-2.0
// Boot has copied it as a whole, by one instruction: the copy stays as it is.
// = changed datum settings: bytes at +0x4
// = reason data-changed
#include "kernel.h"

#ifdef POST
#define VALUE 7
#else
#define VALUE 2
#endif
struct settings {
	int values[400];
} current;
static const struct settings settings = { { 1, VALUE, [2 ... 399] = 4 } };
__init void start(void)
{
	current = settings;
}
int f(unsigned int x)
{
	return outside(settings.values[x]);
}
