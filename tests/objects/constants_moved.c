// SPDX-License-Identifier: GPL-2.0
// A constant of a function that is no longer inlined, and one more text in another: those that are the same stay the same.
// = changed function f: *
// = changed function g: *
// = new datum text.*
// = new function helper
#include "kernel.h"

extern int announce(const int *policy);
extern void say(const char *text);
#ifdef POST
static noinline int helper(int x)
#else
static inline __attribute__((always_inline)) int helper(int x)
#endif
{
	static const int policy[4] = { 1, 2, 3, 4 };

	return announce(policy) + x;
}
int f(int x)
{
	return helper(x) + 1;
}
#define SAY(words)                                   \
	do {                                         \
		static const char text[] = words;    \
		say(text);                           \
	} while (0)
int g(int x)
{
	if (x == 1)
		SAY("one");
#ifdef POST
	if (x == 2)
		SAY("two");
#endif
	if (x == 3)
		SAY("six");
	return outside(x);
}
