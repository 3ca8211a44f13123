// SPDX-License-Identifier: GPL-2.0
// No code tells where a datum is: its name must do.
// = relocation NAMED secret
#include "../../../objects/kernel.h"

static int secret = 4;
int *volatile pointer __attribute__((section(".rodata"))) = &secret;

int f(int a)
{
#ifdef POST
	secret = a;
#endif
	return outside(a);
}
