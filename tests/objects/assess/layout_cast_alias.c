// SPDX-License-Identifier: GPL-2.0
// So by another name of the type, where the cast is a constant's and the type is held by the one that is reached.
// = verdict hotpatch+hook
// = layout-changed:held
// ~ by a cast
#include "../kernel.h"

struct held {
#ifdef POST
	int fresh;
#endif
	int a;
};
struct mine {
	int b;
	struct held held;
};
typedef struct mine mine_t;
typedef const mine_t *mine_p;
int f(const void *room)
{
	return outside(((mine_p)room)->held.a);
}
