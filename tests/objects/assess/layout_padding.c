// SPDX-License-Identifier: GPL-2.0
// A new member in what was padding: the size stays, but what live objects hold there is not known.
// = verdict hotpatch+hook
// = layout-changed:thing
#include "../kernel.h"

struct thing {
	char a;
#ifdef POST
	char fresh;
#endif
	int b;
};
int f(struct thing *thing)
{
#ifdef POST
	if (thing->fresh)
		return outside(1);
#endif
	return outside(thing->b);
}
