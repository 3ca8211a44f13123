// SPDX-License-Identifier: GPL-2.0
// A new tracepoint.
// = new datum __tracepoint_x
// = reason tracepoint-changed
#include "kernel.h"

#ifdef POST
struct { long x[9]; } __tracepoint_x __attribute__((section("__tracepoints")));
#endif
int f(void)
{
	return 1;
}
