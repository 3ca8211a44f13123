// SPDX-License-Identifier: GPL-2.0
// Numbers of bits have no type: what is stored may be any plain number.
// = verdict hotpatch+hook
// = values-moved:CLOSED
// ~ any plain number
#include "../kernel.h"

enum {
#ifdef POST
	OPENING,
#endif
	CLOSED,
	BROKEN,
};
struct connection {
	unsigned long flags;
};
int f(struct connection *connection)
{
	return outside(connection->flags & (1UL << CLOSED) ? 7 : !!(connection->flags & (1UL << BROKEN)));
}
