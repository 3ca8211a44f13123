// SPDX-License-Identifier: GPL-2.0
// The running kernel has the changed function inlined in a caller: the caller goes with it.
// = changed function helper: *
// = changed function g: forced: compiled differently for the running kernel*
#include "kernel.h"

#ifdef POST
#define N 3
#else
#define N 2
#endif
#ifdef RUN
static inline __attribute__((always_inline)) int inlined(int x)
{
	return outside(x) + N;
}
int helper(int x)
{
	return inlined(x);
}
#define CALL inlined
#else
noinline int helper(int x)
{
	return outside(x) + N;
}
#define CALL helper
#endif
int f(int x)
{
	return outside(x) * 3;
}
int g(int x)
{
	return CALL(x) + 1;
}
