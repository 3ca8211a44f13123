// SPDX-License-Identifier: GPL-2.0
// New data goes along; to read and write it lets no address out.
// = copied added
// = no escapes
#include "../../../objects/kernel.h"

int f(int a)
{
#ifdef POST
	static int added = 7;

	added += a;
	return outside(added);
#else
	return outside(a);
#endif
}
