// SPDX-License-Identifier: GPL-2.0
// Of two statics of one name and size one went away: which one is not certain.
// = changed function f: *
// = new datum state.#
// = removed datum state.#
// = removed datum state.#
// = reason static-local-ambiguous
// = reason static-local-ambiguous
#include "kernel.h"

int f(int x)
{
	{
		static int state;

		state += x;
		x += outside(state);
	}
#ifndef POST
	{
		static int state;

		state ^= x;
		x += outside(state);
	}
#endif
	return x;
}
