// SPDX-License-Identifier: GPL-2.0
// An exported function takes more than before: modules that are not built from this source do not give it.
// = verdict hotpatch+hook
// = export-changed:shared
#include "../kernel.h"

#ifdef POST
int shared(int x, int more)
{
	return outside(x + more);
}
#else
int shared(int x)
{
	return outside(x);
}
#endif
asm(".section \"___ksymtab+shared\",\"a\"\n .balign 4\n__ksymtab_shared:\n .long shared - .\n .long 0\n .long 0\n.previous");
