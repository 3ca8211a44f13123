// SPDX-License-Identifier: GPL-2.0
// A helper takes what its caller releases: all in one call.
// = verdict hotpatch
#include "../kernel.h"

extern void get_device(void *);
extern void put_device(void *);
static noinline int find(void *device)
{
#ifdef POST
	get_device(device);
#endif
	return outside(1);
}
int f(void *device)
{
	int r = find(device);

#ifdef POST
	put_device(device);
#endif
	return r + outside(2);
}
