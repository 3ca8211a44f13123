// SPDX-License-Identifier: GPL-2.0
// gcc turns a switch into a numbered constant table: other content, another table.
// = changed function f: *
// = new datum CSWTCH.#
// = removed datum CSWTCH.#
#include "kernel.h"

#ifdef POST
#define N 13
#else
#define N 12
#endif
int f(int x)
{
	switch (x) {
	case 0: return 31;
	case 1: return N;
	case 2: return 77;
	case 3: return 5;
	case 4: return 61;
	}
	return -1;
}
int g(int x)
{
	switch (x) {
	case 0: return 131;
	case 1: return 12;
	case 2: return 177;
	case 3: return 15;
	case 4: return 161;
	}
	return -1;
}
