// SPDX-License-Identifier: GPL-2.0
// Code that runs in the stop itself.
// = changed function multi_cpu_stop: *
// = reason runs-in-stop
#include "kernel.h"

#ifdef POST
#define N 2
#else
#define N 1
#endif
int multi_cpu_stop(int x)
{
	return outside(x) + N;
}
