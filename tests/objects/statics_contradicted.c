// SPDX-License-Identifier: GPL-2.0
// Changed functions that contradict each other prove nothing.
// = changed function f: *
// = changed function g: *
// = changed function h: *
// = new datum state.#
// = removed datum state.#
// = reason static-local-ambiguous
// = new datum state.#
// = removed datum state.#
// = reason static-local-ambiguous
#include "kernel.h"

#ifdef POST
#define N 3
#else
#define N 2
#endif
static inline __attribute__((always_inline)) int one(int x)
{
	static int state;

	state += x;
	return outside(state);
}
static inline __attribute__((always_inline)) int two(int x)
{
	static int state;

	state += x;
	return outside(state + 1);
}
int f(int x)
{
#ifdef POST
	return two(x) + N;
#else
	return one(x) + N;
#endif
}
int g(int x)
{
	return two(one(x)) + N;
}
int h(int x)
{
	return two(x) * N;
}
