// SPDX-License-Identifier: GPL-2.0
// A policy grows, and data that anyone may write lead to the old one.
// = changed datum policy: *
// = reason data-changed
#include "kernel.h"

#ifdef POST
#define COUNT 4
#else
#define COUNT 3
#endif
static const int policy[COUNT] = { [1] = 1, [COUNT - 1] = 7 };
const int *known = policy;
