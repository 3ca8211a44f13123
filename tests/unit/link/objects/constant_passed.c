// SPDX-License-Identifier: GPL-2.0
// The address of the copy is handed on: it may outlive the update's reversal.
// = copied policy
// = escapes
#include "../../../objects/kernel.h"

extern int parse(const int *policy, int count);
#ifdef POST
#define N 7
#else
#define N 2
#endif
static const int policy[4] = { 1, N, 3, 4 };
int f(int x)
{
	return parse(policy, 4) + x;
}
