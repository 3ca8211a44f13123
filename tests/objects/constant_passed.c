// SPDX-License-Identifier: GPL-2.0
// A netlink policy that grew is handed to what reads it and is done with it: the new one goes along.
// = changed datum policy: size 0x14, was 0x10
// = changed function f: *
// = changed function g: *
#include "kernel.h"

extern int __nla_parse(void *table, int type, const void *head, int size, const int *policy, int how, void *answer);
extern int __nla_validate(const void *head, int size, int type, const int *policy, int how, void *answer);
#ifdef POST
#define N 5
#else
#define N 4
#endif
static const int policy[N] = { 1, 2, 3, 4 };
int f(void *table, const void *head, int x)
{
	return __nla_parse(table, N, head, x, policy, 0, 0) + x;
}
int g(const void *head, int x)
{
	return __nla_validate(head, x, N, policy, 0, 0);
}
