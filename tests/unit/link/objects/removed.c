// SPDX-License-Identifier: GPL-2.0
// A function that nothing called is gone: no code that runs is changed.
// = reason nothing-replaced
#include "../../../objects/kernel.h"

#ifndef POST
int unused(int a)
{
	return outside(a) + 1;
}
#endif

int f(int a)
{
	return outside(a) + 2;
}
