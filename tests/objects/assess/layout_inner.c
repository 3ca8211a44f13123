// SPDX-License-Identifier: GPL-2.0
// What a live structure holds grows: the inner one is named, not each that holds it.
// = verdict hotpatch+hook
// = layout-changed:inner
#include "../kernel.h"

struct inner {
	long a;
#ifdef POST
	long fresh;
#endif
};
struct outer {
	struct inner inner[2];
	int last;
};
int f(struct outer *outer)
{
	return outside(outer->last);
}
