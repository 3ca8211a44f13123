/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The other kind of place: the function tracer's site leads to the replacement. For functions in which the kernel itself
 * rewrites, while it runs, the bytes that a jump would need (abi.h, KMEND_PLACE_FTRACE).
 */
#ifndef KMEND_KMOD_REDIRECT_H
#define KMEND_KMOD_REDIRECT_H

#include <linux/types.h>

struct kmend_redirect;
struct kmend_verdict;

/*
 * Take hold of the ftrace site at `ip`; the same object for all who ask for that site. May sleep. From here on every call
 * looks at the word below, which leads nowhere at first. Refuses if somebody else redirects the function there.
 */
int kmend_redirect_get(unsigned long ip, const char *name, struct kmend_redirect **ret_redirect,
		       struct kmend_verdict *verdict);
/* Let go; the last one waits until no task is in the tracer's code for it. May sleep. NULL does nothing. */
void kmend_redirect_put(struct kmend_redirect *redirect);

/*
 * The 8 bytes that decide, in the form of the bytes at a place: they begin with a jump (e9 rel32, as if it lay at the
 * site) while calls are led there. So such a place is switched, checked and switched back like any other.
 */
u64 *kmend_redirect_word(struct kmend_redirect *redirect);

/* How many stretches of code kmend_redirect_code() knows. */
#define KMEND_REDIRECT_CODES 3

/*
 * Code of the tracer that leads there: a task interrupted in it may have read the word already, and must count as inside.
 * [ret_start, ret_end) number `i`. Return: false behind the last.
 */
bool kmend_redirect_code(const struct kmend_redirect *redirect, unsigned int i, unsigned long *ret_start,
			 unsigned long *ret_end);

#endif
