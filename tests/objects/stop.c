// SPDX-License-Identifier: GPL-2.0
// Code that runs in the stop itself. A name that other files may use, too, counts in its own only.
// = changed function multi_cpu_stop: *
// = changed function set_state: *
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

int set_state(int x)
{
	return outside(x) + N;
}
