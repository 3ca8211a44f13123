// SPDX-License-Identifier: GPL-2.0
// Of what start may have set only the parts that change count: a pointer to what grew, and a number.
// = datum family 4 1
// = datum family 8 8
// = copied policy
// = escapes
#include "../../../objects/kernel.h"

#ifdef POST
#define COUNT 4
#else
#define COUNT 3
#endif
static const int policy[COUNT] = { [1] = 1, [COUNT - 1] = 7 };
struct family {
	int id;
	int count;
	const int *policy;
};
struct family family __attribute__((section(".data..ro_after_init"))) = { .count = COUNT, .policy = policy };
int f(unsigned int x)
{
	return outside(policy[x]);
}
