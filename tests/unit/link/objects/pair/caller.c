// SPDX-License-Identifier: GPL-2.0
// Calls what another unit of the same update brings along, and what another unit replaces.
#include "../../../../objects/kernel.h"

extern int brought(int);
extern int replaced(int);

int caller(int a)
{
#ifdef POST
	return brought(a) + replaced(a);
#else
	return replaced(a);
#endif
}
