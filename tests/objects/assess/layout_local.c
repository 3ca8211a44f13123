// SPDX-License-Identifier: GPL-2.0
// A structure on the stacks of replaced functions only.
// = verdict hotpatch
// = layout-local:request
#include "../kernel.h"

struct request {
	int a;
#ifdef POST
	int fresh;
#endif
};
static noinline int inner(struct request *request)
{
#ifdef POST
	request->fresh = outside(2);
	return outside(request->a) + request->fresh;
#else
	return outside(request->a);
#endif
}
int f(int x)
{
	struct request request = { x };

	return inner(&request);
}
