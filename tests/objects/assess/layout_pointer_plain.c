// SPDX-License-Identifier: GPL-2.0
// Rows that live objects lead to: of longs instead of ints, of structures instead of pointers; and a void is anything.
// = verdict hotpatch+hook
// = layout-changed:bits
// = layout-changed:table
// ~ member words was a pointer
// ~ member rows was a pointer
#include "../kernel.h"

#ifdef POST
typedef unsigned long word;
typedef struct row entry;
typedef int any;
#else
typedef unsigned int word;
typedef struct row *entry;
typedef void any;
#endif
struct row {
	int a, b;
};
struct bits {
	word *words;
};
struct table {
	entry *rows;
};
struct other {
	any *data;
};

int f(struct bits *bits, struct table *table, struct other *other)
{
	return outside(bits->words[1]) + !table->rows + !other->data;
}
