// SPDX-License-Identifier: GPL-2.0
// The jump would lie on a jump label, which the kernel rewrites: the function's ftrace site leads to the replacement.
// = ftrace f
#include "../../../objects/kernel.h"

struct static_key key;

void f(int a)
{
	BRANCH(key);
#ifdef POST
	outside(a);
#endif
}
