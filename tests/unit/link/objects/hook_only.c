// SPDX-License-Identifier: GPL-2.0
// An update may have hooks and replace nothing; what they refer to is learnt from witnesses. A new function whose
// address a hook stores escapes, and is told.
// = hook 0 0 prepare
// = hook 1 2 store
// = copied prepare
// = copied store
// = copied callback
// = witness reads
// = escapes
// = note store() holds the address of the new callback
#include "../../../objects/kernel.h"

static int flag;
int (*table)(void);

int reads(void)
{
	return flag;
}

void sets(int value)
{
	flag = value;
}

#ifdef POST
static int callback(void)
{
	return 7;
}

static int prepare(void)
{
	return outside(1);
}
HOOK(0, prepare);

static void store(void)
{
	table = callback;
	flag = 1;
}
HOOK(2, store);
#endif
