// SPDX-License-Identifier: GPL-2.0
// Another type of the same size at the same place is the same layout; so is another constant of an enum.
// = verdict hotpatch
#include "../kernel.h"

enum kind {
	ONE,
	TWO,
#ifdef POST
	FRESH,
#endif
};
struct thing {
#ifdef POST
	unsigned int a;
#else
	int a;
#endif
	enum kind kind;
};
struct thing *first;
int f(int x)
{
	return first->kind == TWO ? outside(x) : first->a / 3;
}
