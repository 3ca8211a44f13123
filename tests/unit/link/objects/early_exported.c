// SPDX-License-Identifier: GPL-2.0
// An exported symbol in an alternative's replacement is the loader's business.
// = undefined exported
#include "../../../objects/kernel.h"

void f(int a)
{
	ALTERNATIVE(".byte 0x90, 0x90, 0x90, 0x90, 0x90", "call exported", 77);
#ifdef POST
	outside(a);
#endif
}
