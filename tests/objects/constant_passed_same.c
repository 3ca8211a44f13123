// SPDX-License-Identifier: GPL-2.0
// So with the same size, where the function itself looks the same.
// = changed datum policy: bytes at +0x4
// = changed function f: forced: refers to a constant that changed
#include "kernel.h"

extern int parse(const int *policy, int count);
#ifdef POST
#define VALUE 7
#else
#define VALUE 2
#endif
static const int policy[4] = { 1, VALUE, 3, 4 };
int f(int x)
{
	return parse(policy, 4) + x;
}
