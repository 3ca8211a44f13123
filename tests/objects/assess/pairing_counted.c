// SPDX-License-Identifier: GPL-2.0
// A count as refcount_t has it, inline: taken where work is begun, released where it ends; and one function's own.
// = verdict hotpatch+hook
// = pairing-moved:f_done
#include "../kernel.h"

extern void refcount_warn_saturate(int *count, int kind);
static inline __attribute__((always_inline)) void get(int *count)
{
	int old = __atomic_fetch_add(count, 1, __ATOMIC_RELAXED);

	if (__builtin_expect(!old, 0))
		refcount_warn_saturate(count, 2);
	else if (__builtin_expect(old < 0 || old + 1 < 0, 0))
		refcount_warn_saturate(count, 1);
}
static inline __attribute__((always_inline)) void put(int *count)
{
	int old = __atomic_fetch_sub(count, 1, __ATOMIC_RELEASE);

	if (old == 1)
		outside(7);
	else if (__builtin_expect(old <= 0, 0))
		refcount_warn_saturate(count, 3);
}
int f_begin(int *count)
{
#ifdef POST
	get(count);
#endif
	return outside(1);
}
int f_done(int *count)
{
#ifdef POST
	put(count);
#endif
	return outside(2);
}
int f_own(int *count)
{
	int r;

#ifdef POST
	get(count);
#endif
	r = outside(3);
#ifdef POST
	put(count);
#endif
	return r;
}
