/* SPDX-License-Identifier: GPL-2.0 */
/* Whether two preprocessed texts of a unit can compile to different code. Internal to core/reach. */
#ifndef KMEND_REACH_LIVE_H
#define KMEND_REACH_LIVE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * False only if they cannot: all that differs are declarations, and inline functions, that nothing else in the unit comes
 * to. Texts are what the compiler's -E -P gives. A changed structure counts by its changed members: whether its layout
 * changed is for who compares types. *ret_types: is the text of a structure or union another one?
 */
bool kmend_live_differs(const char *pre, size_t pre_size, const char *post, size_t post_size, bool *ret_types);

#endif
