// SPDX-License-Identifier: GPL-2.0
// A table that is in use gets a callback: named by its type's member.
// = verdict hotpatch+hook
// = callback-added:operations
// ~ operations.release = release
#include "../kernel.h"

struct operations {
	int (*open)(int);
	int (*release)(int);
};
static int open(int x)
{
	return outside(x);
}
#ifdef POST
static int release(int x)
{
	return outside(x) + 1;
}
#endif
struct operations operations = {
	.open = open,
#ifdef POST
	.release = release,
#endif
};
