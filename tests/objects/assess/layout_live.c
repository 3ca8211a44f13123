// SPDX-License-Identifier: GPL-2.0
// A structure that live data point to gains a member.
// = verdict hotpatch+hook
// = layout-changed:thing
#include "../kernel.h"

struct thing {
	int a;
#ifdef POST
	int fresh;
#endif
	int b;
};
struct thing *first;
int f(int x)
{
	return outside(x) + first->b;
}
