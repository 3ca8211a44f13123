// SPDX-License-Identifier: GPL-2.0
// A name is put in before others: what objects hold are the numbers as they were.
// = verdict hotpatch+hook
// = values-moved:state
// ~ OPEN was 1 and is 2
// ~ state of struct connection
#include "../kernel.h"

enum state {
	CLOSED,
#ifdef POST
	OPENING,
#endif
	OPEN,
	BROKEN,
	STATE_MAX,
};
struct connection {
	enum state state : 8;
};
int f(struct connection *connection)
{
#ifdef POST
	if (connection->state == OPENING)
		return 1;
#endif
	return outside(connection->state == BROKEN) + (connection->state == OPEN);
}
