// SPDX-License-Identifier: GPL-2.0
// Only code that ran at boot changes.
// = verdict reboot
// = no-effect:setup
#include "../kernel.h"

int live(int x)
{
	return outside(x);
}
int __init setup(int x)
{
#ifdef POST
	return 0;
#else
	return outside(x);
#endif
}
