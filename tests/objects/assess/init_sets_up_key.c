// SPDX-License-Identifier: GPL-2.0
// The new code branches by a key, which code that ran at boot would have switched.
// = verdict hotpatch+hook
// = init-code:setup
// = init-sets-up:setup
#include "../kernel.h"

extern void enable(struct static_key *key);
static struct static_key key __attribute__((used));

int live(int x)
{
#ifdef POST
	BRANCH(key);
#endif
	return outside(x);
}
int __init setup(int x)
{
#ifdef POST
	enable(&key);
#endif
	return outside(x);
}
