// SPDX-License-Identifier: GPL-2.0
// The address of the copy is handed on, to be held until a request is answered: it may outlive the update's reversal.
// = copied policy
// = escapes
#include "../../../objects/kernel.h"

extern int __nla_validate(const void *head, int size, int type, const int *policy, int how, void *answer);
#ifdef POST
#define N 7
#else
#define N 2
#endif
static const int policy[4] = { 1, N, 3, 4 };
int f(int x)
{
	return __nla_validate(0, x, 4, policy, 0, 0) + x;
}
