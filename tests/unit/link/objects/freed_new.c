// SPDX-License-Identifier: GPL-2.0
// A function that the diff puts into what is freed replaces nothing: the one that runs stays.
// = not copied start
// = copied f.kmend
#include "../../../objects/kernel.h"

#ifdef POST
#define __start __init
#else
#define __start
#endif
int __start start(int a)
{
	return outside(a) + 3;
}
int f(int a)
{
#ifdef POST
	return outside(a) + 2;
#else
	return outside(a) + 1;
#endif
}
