// SPDX-License-Identifier: GPL-2.0
// Equal text with another static call key.
// = changed function f: a static call at *: a reference at +0x4: key_b, was key_a
#include "kernel.h"

void f(void)
{
#ifdef POST
	STATIC_CALL(key_b);
#else
	STATIC_CALL(key_a);
#endif
}
