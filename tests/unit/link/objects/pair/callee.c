// SPDX-License-Identifier: GPL-2.0
#include "../../../../objects/kernel.h"

#ifdef POST
int brought_datum = 7;

noinline int brought(int a)
{
	return outside(a) * 5;
}
#endif

int replaced(int a)
{
#ifdef POST
	return outside(a) + 1;
#else
	return outside(a) + 2;
#endif
}
