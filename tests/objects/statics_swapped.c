// SPDX-License-Identifier: GPL-2.0
// Equal code says which static is which, so these got other initial content: a reason.
// = reason initial-value
// = reason initial-value
// = changed datum count.#: *
// = changed datum count.#: *
#include "kernel.h"

#ifdef POST
#define F 2
#define G 1
#else
#define F 1
#define G 2
#endif
int f(int x)
{
	static int count = F;

	count += x;
	return outside(count) + 1;
}
int g(int x)
{
	static int count = G;

	count += x;
	return outside(count) + 2;
}
