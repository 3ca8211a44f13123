// SPDX-License-Identifier: GPL-2.0
// A number that other files know, set by start at the latest: what they made of it is not to be seen from here.
// = changed datum limit: bytes at +0x0
// = reason initial-value
#include "kernel.h"

#ifdef POST
#define VALUE 7
#else
#define VALUE 2
#endif
int limit __attribute__((section(".data..ro_after_init"))) = VALUE;
