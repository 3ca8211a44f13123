// SPDX-License-Identifier: GPL-2.0
// A changed function may be exported.
// = changed function f: *
#include "kernel.h"

int f(void)
{
#ifdef POST
	return 1;
#else
	return 2;
#endif
}
EXPORT(f);
