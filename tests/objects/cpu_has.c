// SPDX-License-Identifier: GPL-2.0
// The feature test asks for another feature.
// = changed function f: *
#include "kernel.h"

#ifdef POST
#define BIT 4
#else
#define BIT 2
#endif
void f(void)
{
	CPU_HAS(BIT);
}
