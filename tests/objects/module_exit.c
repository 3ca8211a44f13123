// SPDX-License-Identifier: GPL-2.0
// Code that runs when the module leaves: in a module it is there to be replaced, in vmlinux (exit.c) it never runs.
// = changed function f: *
#include "kernel.h"

#ifdef POST
#define N 2
#else
#define N 1
#endif
int __attribute__((section(".exit.text"))) f(int x)
{
	return outside(x) + N;
}
