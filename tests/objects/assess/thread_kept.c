// SPDX-License-Identifier: GPL-2.0
// The main function of threads that another subsystem creates later, handed to it as the third argument.
// = verdict hotpatch
// = never-leaves:work
#include "../kernel.h"

extern void *svc_create(void *program, unsigned int size, int (*function)(void *));
extern int svc_recv(void *data);
#ifdef POST
#define N 2
#else
#define N 1
#endif
static int work(void *data)
{
	while (svc_recv(data) >= 0)
		outside(N);
	return 0;
}
void *start(void *program)
{
	return svc_create(program, 4096, work);
}
