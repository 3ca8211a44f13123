// SPDX-License-Identifier: GPL-2.0
// As layout_local.c, but a function that is not replaced uses one, too.
// = verdict hotpatch+hook
// = layout-changed:request
#include "../kernel.h"

struct request {
	int a;
#ifdef POST
	int fresh;
#endif
};
noinline int same(struct request *request)
{
	return outside(request->a);
}
int f(int x)
{
	struct request request = { x };

#ifdef POST
	request.fresh = outside(3);
	outside(request.fresh);
#endif
	return same(&request);
}
