// SPDX-License-Identifier: GPL-2.0
// The module loader copies an alternative's replacement before anybody could fill in what is not exported: a call in it
// goes over a jump of the update's own.
// = relocation NAMED outside
#include "../../../objects/kernel.h"

void f(int a)
{
	ALTERNATIVE(".byte 0x90, 0x90, 0x90, 0x90, 0x90", "call outside", 77);
#ifdef POST
	outside(a);
#endif
}
