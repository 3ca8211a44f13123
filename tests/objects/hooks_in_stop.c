// SPDX-License-Identifier: GPL-2.0
// What a hook may not do in the stop (stages 1, 2, 6, 7), through functions of the unit, too. Before it all is allowed.
// = new function sleeps
// = new function allocates
// = new function local
// = new function stores
// = new function locks_irq
// = new function spins
// = new function calls_pointer
// = new function before
// = new function prints
// = reason hook-in-stop
// = reason hook-in-stop
// = reason hook-in-stop
// = hook 0 1 sleeps
// = hook 1 2 allocates
// = hook 2 6 locks_irq
// = hook 3 7 spins
// = hook 4 7 calls_pointer
// = hook 5 0 before
// = hook 6 2 prints
// = hook 7 2 stores
// = reason hook-in-stop-note
// = reason hook-in-stop-note
#include "kernel.h"

extern void mutex_lock(void *);
extern void *__kmalloc(unsigned long, unsigned int);
extern void _raw_spin_unlock_irq(void *), _raw_spin_lock(void *), _raw_spin_unlock(void *);
extern int lock;
extern int (*pointer)(void);

/* Both are in pre, too. */
noinline void deep(void)
{
	mutex_lock(&lock);
}

noinline void shallow(void)
{
	deep();
	deep();
}

#ifdef POST
static int sleeps(void)
{
	shallow();
	return 0;
}
HOOK(1, sleeps);

/* The assembler writes calls to local functions otherwise. */
static noinline void *local(void)
{
	return __kmalloc(8, 0);
}

static int allocates(void)
{
	return *(int *)local() + 1;
}
HOOK(2, allocates);

static int locks_irq(void)
{
	_raw_spin_unlock_irq(&lock);
	return 0;
}
HOOK(6, locks_irq);

static int spins(void)
{
	_raw_spin_lock(&lock);
	_raw_spin_unlock(&lock);
	return 0;
}
HOOK(7, spins);

static int calls_pointer(void)
{
	return pointer() + 1;
}
HOOK(7, calls_pointer);

static int before(void)
{
	shallow();
	return 0;
}
HOOK(0, before);

/* Storing a function's address is not calling it. */
extern void *(*table)(void);
static int stores(void)
{
	table = local;
	return 0;
}

static int prints(void)
{
	return printk("in the stop") + 1;
}
HOOK(2, prints);
HOOK(2, stores);
#endif
