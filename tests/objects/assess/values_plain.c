// SPDX-License-Identifier: GPL-2.0
// Numbers of bits have no type: what is stored may be any plain number.
// = verdict hotpatch+hook
// = values-moved:CLOSED
// = values-moved:SIZE_UNSTABLE
// ~ any plain number
// ~ SIZE_UNSTABLE was 1 and is 2
#include "../kernel.h"

enum {
#ifdef POST
	OPENING,
#endif
	CLOSED,
	BROKEN,
};
/* A word that elsewhere tells of a count, and a last one that is like the others. */
enum {
	SMALL,
#ifdef POST
	LARGE,
#endif
	SIZE_UNSTABLE,
	BAD,
};
struct connection {
	unsigned long flags;
};
int f(struct connection *connection)
{
	return outside(connection->flags & (1UL << CLOSED) ? 7 : !!(connection->flags & (1UL << BROKEN))) +
	       !!(connection->flags & (1UL << BAD));
}
