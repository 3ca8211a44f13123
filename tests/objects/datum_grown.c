// SPDX-License-Identifier: GPL-2.0
// A policy grows, so it is carried. What leads to it is switched: a constant, and what is sealed after start.
// = changed datum policy: *
// = changed datum operations: forced: refers to a constant that changed
// = changed datum family: *
// = changed function f: forced: refers to a constant that changed
// = reason datum-switched
// = reason datum-switched
#include "kernel.h"

#ifdef POST
#define COUNT 4
#else
#define COUNT 3
#endif
static const int policy[COUNT] = { [1] = 1, [COUNT - 1] = 7 };
struct operations {
	int id;
	const int *policy;
};
const struct operations operations = { .id = 3, .policy = policy };
struct family {
	int id; /* set when it is registered */
	int count;
	const int *policy;
};
struct family family __attribute__((section(".data..ro_after_init"))) = { .count = COUNT, .policy = policy };
int f(unsigned int x)
{
	return policy[x];
}
