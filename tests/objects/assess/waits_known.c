// SPDX-License-Identifier: GPL-2.0
// Tasks are known to sleep inside, further down.
// = verdict hotpatch
// = sleeps-inside:svc_recv
// = sleeps-inside:fuse_dev_do_read
#include "../kernel.h"

#ifdef POST
#define N 2
#else
#define N 1
#endif
int svc_recv(void *thread)
{
	return outside(!thread + N);
}
int fuse_dev_do_read(void *device)
{
	return outside(!device - N);
}
