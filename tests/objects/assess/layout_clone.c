// SPDX-License-Identifier: GPL-2.0
// A function of which only a clone is there, which stays as it is.
// = verdict hotpatch+hook
// = layout-changed:request
// ~ stays() uses one and is not replaced
#include "../kernel.h"

struct request {
#ifdef POST
	int b, a;
#else
	int a, b;
#endif
};
static noinline int read_one(struct request *request)
{
	return outside(request->a);
}
static __attribute__((__noinline__)) int stays(int x, int unused)
{
	struct request request;

	outside(x);
	asm volatile("" : "=m"(request));
	return read_one(&request) + 1;
}
int f(int x)
{
	return stays(x, 3) + stays(x + 1, 3);
}
