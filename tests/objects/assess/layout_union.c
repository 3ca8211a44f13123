// SPDX-License-Identifier: GPL-2.0
// A structure becomes a union of the same name.
// = verdict hotpatch+hook
// = layout-changed:thing
#include "../kernel.h"

#ifdef POST
union inner {
	int a;
	int b;
	long c;
};
#else
struct inner {
	int a;
	int b;
};
#endif
struct thing {
#ifdef POST
	union inner inner;
#else
	struct inner inner;
#endif
} *first;
int f(int x)
{
	return outside(x) + first->inner.b;
}
