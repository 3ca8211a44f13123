// SPDX-License-Identifier: GPL-2.0
// The address of one on the stack is cast when it is handed on to who only reads it.
// = verdict hotpatch
// = layout-local:request
#include "../kernel.h"

struct request {
	int a;
#ifdef POST
	int fresh;
#endif
};
static noinline int inner(const struct request *request, int x)
{
#ifdef POST
	return outside(request->a) + request->fresh;
#else
	return outside(request->a);
#endif
}
int f(int x)
{
	struct request request = { x };

	return inner(&request, 2);
}
