// SPDX-License-Identifier: GPL-2.0
// The module loader copies an alternative's replacement before anybody could fill in what is not exported.
// = reason early-unexported
#include "../../../objects/kernel.h"

void f(int a)
{
	ALTERNATIVE(".byte 0x90, 0x90, 0x90, 0x90, 0x90", "call outside", 77);
#ifdef POST
	outside(a);
#endif
}
