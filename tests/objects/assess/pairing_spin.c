// SPDX-License-Identifier: GPL-2.0
// Nobody can be between the taking and the release of a spin lock when the switch is made: that asks for the CPU.
// = verdict hotpatch
#include "../kernel.h"

extern void _raw_spin_lock_bh(void *);
extern void _raw_spin_unlock_bh(void *);
int f_start(void *lock)
{
#ifdef POST
	_raw_spin_lock_bh(lock);
#endif
	return outside(1);
}
int f_stop(void *lock)
{
#ifdef POST
	_raw_spin_unlock_bh(lock);
#endif
	return outside(2);
}
