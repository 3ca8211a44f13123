// SPDX-License-Identifier: GPL-2.0
// Another initial value of a member of an array's element.
// = verdict hotpatch+hook
// = initial-value:limits
// ~ limits[1].most
#include "../kernel.h"

struct limit {
	int least, most;
};
#ifdef POST
struct limit limits[2] = { { 1, 2 }, { 3, 5 } };
#else
struct limit limits[2] = { { 1, 2 }, { 3, 4 } };
#endif
int f(int x)
{
	return outside(limits[x].most);
}
