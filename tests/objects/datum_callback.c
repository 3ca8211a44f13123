// SPDX-License-Identifier: GPL-2.0
// A table that other files know gets a callback, which is new.
// = changed datum operations: *
// = new function close
// = reason datum-switched
#include "kernel.h"

struct operations {
	int (*open)(int);
	int (*close)(int);
};
static int open(int x)
{
	return x;
}
#ifdef POST
static int close(int x)
{
	return x + 1;
}
#endif
const struct operations operations = {
	.open = open,
#ifdef POST
	.close = close,
#endif
};
