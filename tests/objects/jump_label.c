// SPDX-License-Identifier: GPL-2.0
// Equal text with another key.
// = changed function f: a jump label at *: a reference at +0x8: key_b, was key_a
#include "kernel.h"

struct static_key key_a, key_b;
void f(void)
{
#ifdef POST
	BRANCH(key_b);
#else
	BRANCH(key_a);
#endif
}
void g(void)
{
	BRANCH(key_a);
	BRANCH(key_b);
}
