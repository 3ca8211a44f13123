// SPDX-License-Identifier: GPL-2.0
// The same where no other file knows the enum and nothing is declared to hold one: that numbers moved is told.
// = verdict hotpatch
// = values-moved-note:state
#include "../kernel.h"

enum state {
#ifdef POST
	OPENING,
#endif
	CLOSED,
	OPEN = -5,
};
static int is(const char *kind, enum state state)
{
	return *kind == state;
}
int f(const char *kind)
{
	return outside(is(kind, CLOSED) ? 7 : is(kind, OPEN));
}
