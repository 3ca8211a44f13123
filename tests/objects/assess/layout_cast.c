// SPDX-License-Identifier: GPL-2.0
// What lies in another type's room is reached by casts alone; objects that are queued hold it as it was.
// = verdict hotpatch+hook
// = layout-changed:mine
// ~ by a cast
#include "../kernel.h"

struct packet {
	struct packet *next;
	char room[48];
};
struct mine {
#ifdef POST
	int fresh;
#endif
	int a;
};
int f(struct packet *packet)
{
	return outside(((struct mine *)packet->room)->a);
}
