// SPDX-License-Identifier: GPL-2.0
// kvfree() knows what to do with either memory, kfree() does not: what the running kernel has is in the way.
// = verdict hotpatch+hook
// = pairing-moved:f_free
#include "../kernel.h"

extern void *kvmalloc_node(unsigned long size, unsigned int flags, int node);
extern void *__kmalloc(unsigned long size, unsigned int flags);
extern void kvfree(void *memory);
extern void kfree(void *memory);
#ifndef POST
#define f_take(size) kvmalloc_node(size, 0, -1)
#define f_give_back kvfree
#else
#define f_take(size) __kmalloc(size, 0)
#define f_give_back kfree
#endif

void *f_make(unsigned long size)
{
	return f_take(size);
}
void f_free(void *memory)
{
	outside(2);
	f_give_back(memory);
}
