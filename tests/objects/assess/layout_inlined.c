// SPDX-License-Identifier: GPL-2.0
// A function that uses one is put into another one, which stays as it is: both members' places changed, and it uses neither.
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
static inline __attribute__((always_inline)) int both(int x)
{
	struct request request;

	outside(x);
	asm volatile("" : "=m"(request));
	return read_one(&request) + 1;
}
int stays(int x)
{
	return both(x);
}
