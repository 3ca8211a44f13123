// SPDX-License-Identifier: GPL-2.0
// no profiling
// Without ftrace site there is no other place than the jump label's.
// = reason trampoline-overlap
#include "../../../objects/kernel.h"

struct static_key key;

void f(int a)
{
	BRANCH(key);
#ifdef POST
	outside(a);
#endif
}
