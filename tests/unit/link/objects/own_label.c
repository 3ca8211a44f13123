// SPDX-License-Identifier: GPL-2.0
// A function that tells where it is (_THIS_IP_): the copy tells where the copy is.
// = copied f.kmend
#include "../../../objects/kernel.h"

extern void note(void *where);

void f(int a)
{
	outside(a);
here:
	note(&&here);
#ifdef POST
	outside(a + 1);
#endif
}
