// SPDX-License-Identifier: GPL-2.0
// One more parameter; the first one is what it was.
// = reason parameter-new
// ~ param_other: a module parameter is new (__param)
// = new datum other
#include "kernel.h"

#define PARAMETER(variable)                                                                        \
	static struct {                                                                            \
		const char *name;                                                                  \
		void *a, *b;                                                                       \
		int c, d;                                                                          \
		void *p;                                                                           \
	} param_##variable __attribute__((section("__param"), used, aligned(8))) = { #variable, 0, 0, 0, 0, &variable }
#ifdef POST
int other = 3;
PARAMETER(other);
#endif
int value;
PARAMETER(value);
int f(void)
{
	return 1;
}
