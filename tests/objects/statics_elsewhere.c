// SPDX-License-Identifier: GPL-2.0
// A static of that name went here and came there: it may have moved or not.
// = changed function f: *
// = changed function g: *
// = new datum state.#
// = removed datum state.#
// = reason static-local-ambiguous
#include "kernel.h"

int f(int x)
{
#ifndef POST
	static int state;

	state += x;
	x += outside(state);
#endif
	return x;
}
int g(int x)
{
#ifdef POST
	static int state;

	state += x;
	x += outside(state);
#endif
	return x * 2;
}
