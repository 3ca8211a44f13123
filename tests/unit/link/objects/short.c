// SPDX-License-Identifier: GPL-2.0
// no profiling
// = reason function-too-short
#include "../../../objects/kernel.h"

__attribute__((naked)) void f(void)
{
#ifdef POST
	asm("nop; int3");
#else
	asm("int3");
#endif
}
