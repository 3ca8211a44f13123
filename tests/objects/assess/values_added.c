// SPDX-License-Identifier: GPL-2.0
// Names behind all others, but for those that count them.
// = verdict hotpatch
#include "../kernel.h"

enum state {
	CLOSED,
	OPEN,
#ifdef POST
	BROKEN,
#endif
	__STATE_AFTER_LAST,
	STATE_MAX = __STATE_AFTER_LAST - 1,
};
enum kind {
	SMALL,
#ifdef POST
	LARGE,
#endif
	NR_KINDS,
};
struct connection {
	enum state state;
	enum kind kind;
};
int f(struct connection *connection)
{
	return outside(connection->state > STATE_MAX) + (connection->kind >= NR_KINDS);
}
