// SPDX-License-Identifier: GPL-2.0
// So is a constant that becomes a variable.
// = changed datum table: *
// = reason data-changed
#include "kernel.h"

#ifdef POST
int table[4] = { 1, 2, 3, 4 };
#else
const int table[4] = { 1, 2, 3, 4 };
#endif
