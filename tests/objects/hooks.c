// SPDX-License-Identifier: GPL-2.0
// Hooks are found in the order of the source; what pre has already is a base's.
// = new function first
// = new function second
// = new function both
// = new datum state
// = hook 0 2 second
// = hook 1 0 first
// = hook 2 2 both
// = hook 3 7 both
#include "kernel.h"

extern int elsewhere;

static int of_base(void)
{
	return elsewhere;
}
HOOK(0, of_base);

#ifdef POST
static int state;

static int second(void)
{
	return elsewhere + state;
}
HOOK(2, second);

static int first(void)
{
	state = outside(1);
	return state;
}
HOOK(0, first);

static int both(void)
{
	return elsewhere++;
}
HOOK(2, both);
HOOK(7, both);
#endif
