// SPDX-License-Identifier: GPL-2.0
// What is released by who took it.
// = verdict hotpatch
#include "../kernel.h"

extern void mutex_lock(void *);
extern void mutex_unlock(void *);
int f(void *lock)
{
	int r;

#ifdef POST
	mutex_lock(lock);
#endif
	r = outside(1);
#ifdef POST
	mutex_unlock(lock);
#endif
	return r;
}
