// SPDX-License-Identifier: GPL-2.0
// Data count as data wherever they lie.
// = changed datum table: bytes at +0x0
// = reason data-changed
#include "kernel.h"

#ifdef POST
#define N 3
#else
#define N 2
#endif
const int table[2] __attribute__((section(".text.table"))) = { N, 4 };
