// SPDX-License-Identifier: GPL-2.0
// Code of vmlinux that never runs; in a module (module_exit.c) it does.
// = changed function f: *
// = reason init-code
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
