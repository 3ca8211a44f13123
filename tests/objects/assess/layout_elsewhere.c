// SPDX-License-Identifier: GPL-2.0
// An object that is in another unit, and one that another unit's function gives back.
// = verdict hotpatch+hook
// = layout-changed:thing
// = layout-changed:other
// ~ the variable first
// ~ find() gives one back
#include "../kernel.h"

struct thing {
#ifdef POST
	int fresh;
#endif
	int a;
};
struct other {
#ifdef POST
	int fresh;
#endif
	int a;
};
extern struct thing first;
extern struct other *find(int x);
int f(int x)
{
	return outside(first.a) + find(x)->a;
}
