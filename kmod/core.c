// SPDX-License-Identifier: GPL-2.0
/*
 * The freestanding matcher, compiled into kmend.ko from the very files that user space uses. Included rather than
 * listed in Kbuild, so that no object file lands outside this directory.
 */
#include "../core/match/field.c"
#include "../core/match/validate.c"
#include "../core/match/match.c"
