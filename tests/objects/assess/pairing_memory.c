// SPDX-License-Identifier: GPL-2.0
// Memory that comes from elsewhere now: who gives it back must know from where. Who takes it gives it back itself if it fails.
// = verdict hotpatch+hook
// = pairing-moved:f_free
// ~ f_free() now releases memory (vfree) that f_make() now takes (vmalloc)
#include "../kernel.h"

extern void *vmalloc(unsigned long size);
extern void *__kmalloc(unsigned long size, unsigned int flags);
extern void vfree(void *memory);
extern void kfree(void *memory);
#ifdef POST
#define take(size) vmalloc(size)
#define give_back vfree
#else
#define take(size) __kmalloc(size, 0)
#define give_back kfree
#endif

void *f_make(unsigned long size)
{
	void *memory = take(size);

	if (!outside((int)size)) {
		give_back(memory);
		memory = 0;
	}
	return memory;
}
void f_free(void *memory)
{
	outside(2);
	give_back(memory);
}
