// SPDX-License-Identifier: GPL-2.0
// The types of a system call's parameters, as tracing shows them; and such a text that code reads.
// = changed function f: *
// = changed datum types__call: *
// = changed datum types__read: *
// = reason syscall-description
// = reason initial-value
#include "kernel.h"

#ifdef POST
#define TYPE "long"
#define N 2
#else
#define TYPE "unsigned long"
#define N 1
#endif
static const char *types__call[] = { "int", TYPE };
static const char *types__read[] = { "int", TYPE };
struct description {
	const char *name;
	const char **types;
};
struct description __syscall_meta__call = { "call", types__call };
struct description __syscall_meta__read = { "read", types__read };

int f(int x)
{
	return outside(x) + N;
}

const char *reader(int i)
{
	return types__read[i];
}
