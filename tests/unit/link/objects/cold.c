// SPDX-License-Identifier: GPL-2.0
// The part put aside is matched with the old code and copied with the new.
// = copied f.cold
// = part f.cold
#include "../../../objects/kernel.h"

int f(int a)
{
	if (a > 100) {
		complain(a);
#ifdef POST
		complain(a + 1);
#endif
	}
	return outside(a) + 1;
}
