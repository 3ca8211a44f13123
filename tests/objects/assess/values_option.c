// SPDX-License-Identifier: GPL-2.0
// One is put in before the last one: that is an end only if it is called so.
// = verdict hotpatch+hook
// = values-moved:BAD
#include "../kernel.h"

enum {
	SMALL,
	LARGE,
#ifdef POST
	LARGER,
#endif
	BAD,
};
enum {
	Opt_small,
#ifdef POST
	Opt_large,
#endif
	Opt_err,
};
struct connection {
	unsigned long flags;
};
int f(struct connection *connection, int option)
{
	return outside(connection->flags & (1UL << BAD)) + (option == Opt_err);
}
