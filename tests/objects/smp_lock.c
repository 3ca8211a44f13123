// SPDX-License-Identifier: GPL-2.0
// A lock prefix that may be patched away, or not.
// = changed function f: a lock prefix more or less
#include "kernel.h"

#ifdef POST
#define PREFIX LOCKED
#else
#define PREFIX "lock; "
#endif
void f(int *p)
{
	asm volatile(PREFIX "incl %0" : "+m"(*p));
}
