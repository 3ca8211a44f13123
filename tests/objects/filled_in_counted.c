// SPDX-License-Identifier: GPL-2.0
// The same list, in which __COUNTER__ gave other numbers.
#include "kernel.h"

#ifdef POST
asm(".pushsection .BTF_ids,\"a\"; __BTF_ID__func__allowed__7: .zero 4; .long 16; .popsection");
#else
asm(".pushsection .BTF_ids,\"a\"; __BTF_ID__func__allowed__6: .zero 4; .long 16; .popsection");
#endif
