// SPDX-License-Identifier: GPL-2.0
// Every sleeping task is in both; of the one that is not traced none can be let over.
// = verdict reboot
// = never-leaves:schedule
// = never-switched:__schedule
#include "../kernel.h"

#ifdef POST
#define N 2
#else
#define N 1
#endif
__attribute__((no_instrument_function)) int __schedule(int mode)
{
	return outside(mode + N);
}
int schedule(int mode)
{
	return outside(mode - N);
}
