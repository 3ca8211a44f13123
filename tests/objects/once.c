// SPDX-License-Identifier: GPL-2.0
// One more message said once: whether its flag is old or new does no harm.
// = changed function f: *
// = new datum __already_done.#
// = new datum __already_done.#
// = removed datum __already_done.#
#include "kernel.h"

int f(int x)
{
#ifdef POST
	if (x == 3)
		ONCE("three");
#endif
	if (x == 4)
		ONCE("four");
	return outside(x);
}
