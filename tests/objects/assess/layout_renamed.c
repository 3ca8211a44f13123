// SPDX-License-Identifier: GPL-2.0
// What objects lead to has another name: the same thing, or another one.
// = verdict hotpatch+hook
// = layout-changed:table
// ~ other was a pointer to struct row (8 bytes) and is a pointer to struct entry
#include "../kernel.h"

struct column {
	int a;
	struct column *next;
};
struct row {
	int a, b;
};
#ifdef POST
struct field {
	int a;
	struct field *next;
};
struct entry {
	int b, a;
};
#else
#define field column
#define entry row
#endif
struct table {
	struct field *same;
	struct entry *other;
	void *any;
};
struct table *first;
int f(int x)
{
	return outside(x) + first->same->a + first->other->a;
}
