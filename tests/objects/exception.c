// SPDX-License-Identifier: GPL-2.0
// Equal text with another fixup.
// = changed function f: an exception entry at *
#include "kernel.h"

#ifdef POST
#define FIXUP "3b"
#else
#define FIXUP "2b"
#endif
void f(void *p)
{
	EXCEPTION(FIXUP);
}
