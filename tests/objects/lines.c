// SPDX-License-Identifier: GPL-2.0
// Only lines moved; the builder says so by #line. Nothing changes.
#include "kernel.h"

#ifdef POST
/* one
 * two */
#line 9
#endif
int f(int x)
{
	BUG_AT(__LINE__, 1);
	return x + __LINE__;
}
