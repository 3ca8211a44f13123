// SPDX-License-Identifier: GPL-2.0
// What is said of an entry (whether it may sleep) counts as well; the numbers that __COUNTER__ gave do not.
// = reason filled-in-changed
#include "kernel.h"

#ifdef POST
asm(".pushsection .BTF_ids,\"a\"; __BTF_ID__func__allowed__7: .zero 4; .long 16; .popsection");
#else
asm(".pushsection .BTF_ids,\"a\"; __BTF_ID__func__allowed__6: .zero 4; .long 0; .popsection");
#endif
