// SPDX-License-Identifier: GPL-2.0
// An address in an alternative's replacement cannot be filled in later.
// = reason early-unexported
#include "../../../objects/kernel.h"

void f(int a)
{
	ALTERNATIVE(".byte 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90", "mov $outside, %rax", 77);
#ifdef POST
	outside(a);
#endif
}
