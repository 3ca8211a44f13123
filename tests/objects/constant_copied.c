// SPDX-License-Identifier: GPL-2.0
// A structure that is copied as a whole, by one instruction, is only read: the one here has grown, so it goes along.
// = changed datum settings: *
// = changed function f: *
#include "kernel.h"

#ifdef POST
#define N 401
#else
#define N 400
#endif
struct settings {
	int values[N];
};
extern struct settings current;
static const struct settings settings = { { 1, [1 ... N - 1] = 4 } };
void f(void)
{
	current = settings;
}
