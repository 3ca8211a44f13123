// SPDX-License-Identifier: GPL-2.0
// A table that others know gets a new callback; one of its old ones becomes another that was there before.
// = datum operations 0 24
// = copied close
// = escapes
// = relocation SECTION .text
#include "../../../objects/kernel.h"

struct operations {
	int (*open)(int);
	int (*close)(int);
	int (*other)(int);
};
static noinline int open(int x)
{
	return outside(x);
}
static noinline int reopen(int x)
{
	return outside(x + 1);
}
int (*known(void))(int)
{
	return reopen;
}
#ifdef POST
static noinline int close(int x)
{
	return outside(x) + 1;
}
#endif
const struct operations operations = {
	.open = open,
#ifdef POST
	.close = close,
	.other = reopen,
#else
	.other = open,
#endif
};
