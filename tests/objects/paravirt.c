// SPDX-License-Identifier: GPL-2.0
// Another paravirt call in equal text.
// = changed function f: a paravirt call at *: bytes at +0x8
#include "kernel.h"

#ifdef POST
#define TYPE 12
#else
#define TYPE 11
#endif
void f(void)
{
	PARAVIRT(TYPE);
}
