// SPDX-License-Identifier: GPL-2.0
// The same where nothing is declared to hold one: that numbers moved is told.
// = verdict hotpatch
// = values-moved-note:CLOSED
#include "../kernel.h"

enum {
#ifdef POST
	OPENING,
#endif
	CLOSED,
	OPEN = -5,
};
int f(const char *kind)
{
	return outside(*kind == CLOSED ? 7 : *kind == OPEN);
}
