// SPDX-License-Identifier: GPL-2.0
// A callback that is taken away: who has seen it there may sleep before calling it.
// = changed datum operations: *
// = removed function close
// = reason data-changed
#include "kernel.h"

struct operations {
	int (*open)(int);
	int (*close)(int);
};
static int open(int x)
{
	return x;
}
#ifndef POST
static int close(int x)
{
	return x + 1;
}
#endif
const struct operations operations = {
	.open = open,
#ifndef POST
	.close = close,
#endif
};
