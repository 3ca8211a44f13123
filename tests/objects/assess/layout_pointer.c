// SPDX-License-Identifier: GPL-2.0
// A variable leads to another structure than before: what it holds in the running kernel does not.
// = verdict hotpatch+hook
// = layout-changed:first
// ~ variable first: was a pointer to struct row and is a pointer to struct entry
#include "../kernel.h"

struct row {
	int a, b;
};
struct entry {
	int b, a;
};
#ifdef POST
#define node entry
#else
#define node row
#endif
static struct node *first;
struct node *give(struct node *node);

int f(int x)
{
	first = give(first);
	return outside(x) + first->a;
}
