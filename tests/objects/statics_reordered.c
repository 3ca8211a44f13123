// SPDX-License-Identifier: GPL-2.0
// Of two in one function nothing says which is which: g(), say, may be called later now.
// = changed function f: *
// = removed datum count.#
// = removed datum count.#
// = new datum count.#
// = new datum count.#
// = reason static-local-ambiguous
// = reason static-local-ambiguous
#include "kernel.h"

static inline __attribute__((always_inline)) int g(int x)
{
	static int count;

	count += x;
	return outside(count);
}
static inline __attribute__((always_inline)) int h(int x)
{
	static int count;

	count += x;
	return outside(count) * 3;
}
int f(int x)
{
#ifdef POST
	return h(x) + g(x + 1);
#else
	return g(x) + h(x);
#endif
}
