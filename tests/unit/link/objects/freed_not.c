// SPDX-License-Identifier: GPL-2.0
// A function that the diff takes out of what is freed comes along with the code that uses it now.
// = copied start
// = not copied boot
// = relocation NAMED outside
#include "../../../objects/kernel.h"

#ifdef POST
#define __start
#else
#define __start __init
#endif
static noinline int __start start(int a)
{
	return outside(a);
}
int f(int a)
{
#ifdef POST
	return start(a) + 1;
#else
	return outside(a) + 1;
#endif
}
int __init boot(void)
{
	return start(1);
}
