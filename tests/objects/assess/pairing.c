// SPDX-License-Identifier: GPL-2.0
// What one function takes now, and another releases: what was open before was not taken.
// = verdict hotpatch+hook
// = pairing-moved:f_release
#include "../kernel.h"

extern void get_device(void *);
extern void put_device(void *);
int f_open(void *device)
{
#ifdef POST
	get_device(device);
#endif
	return outside(1);
}
int f_release(void *device)
{
#ifdef POST
	put_device(device);
#endif
	return outside(2);
}
