// SPDX-License-Identifier: GPL-2.0
// A list of types, of which the kernel made numbers when it was linked: what it does with them it has done.
// = changed function f: *
// = reason filled-in-changed
#include "kernel.h"

#define ID(name) asm(".pushsection .BTF_ids,\"a\"; .local __BTF_ID__func__" name "; __BTF_ID__func__" name ": .zero 4; .popsection")
#ifdef POST
ID("inet4_allowed__2");
#define N 2
#else
ID("inet6_allowed__1");
#define N 1
#endif
ID("other__3");
int f(int x)
{
	return outside(x) + N;
}
