// SPDX-License-Identifier: GPL-2.0
// A table of numbers whose address is handed on (a netlink policy): nobody can tell old from new by it.
// = changed datum policy: size 0x14, was 0x10
// = changed function f: *
#include "kernel.h"

extern int parse(const int *policy, int count);
#ifdef POST
#define N 5
#else
#define N 4
#endif
static const int policy[N] = { 1, 2, 3, 4 };
int f(int x)
{
	return parse(policy, N) + x;
}
