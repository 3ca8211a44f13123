// SPDX-License-Identifier: GPL-2.0
// Strings for traces go by what they say.
// = changed function first: *
// = new datum ___tp_str.#
#include "kernel.h"

#define TRACE(text)                                                                                                    \
	do {                                                                                                           \
		static const char *___tp_str __attribute__((section("__tracepoint_str"), used)) = text;                \
		printk(___tp_str);                                                                                     \
		asm volatile("" : "+m"(___tp_str));                                                                    \
	} while (0)

int first(void)
{
#ifdef POST
	TRACE("first");
#endif
	return outside(1);
}
int f(void)
{
	TRACE("second");
	return outside(2);
}
int g(void)
{
	TRACE("third");
	return outside(3);
}
