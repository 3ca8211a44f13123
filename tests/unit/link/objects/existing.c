// SPDX-License-Identifier: GPL-2.0
// What existed before is reached at its own place, by its section or its name; exported symbols by the loader.
// = relocation SECTION .bss
// = relocation NAMED outside
// = undefined exported
// = undefined spaced
// = namespace SPACE
// = not copied counter
// = no escapes
#include "../../../objects/kernel.h"

extern void exported(void), spaced(void);
static int counter;

int f(int a)
{
	exported();
	counter += outside(a);
#ifdef POST
	spaced();
	counter++;
#else
	spaced();
#endif
	return counter;
}
