// SPDX-License-Identifier: GPL-2.0
// Calls what another unit of the same update brings along, and what another unit replaces.
#include "../../../../objects/kernel.h"

extern int brought(int);
extern int brought_datum;
extern int replaced(int);
extern int exported(int);
extern int of_a_module(int);
extern int of_a_sibling(int);

int caller(int a)
{
#ifdef POST
	return brought(a) + replaced(a) + brought_datum + exported(a) + of_a_module(a) + of_a_sibling(a);
#else
	return replaced(a) + exported(a) + of_a_module(a);
#endif
}
