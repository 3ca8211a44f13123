// SPDX-License-Identifier: GPL-2.0
/*
 * Code that nobody can unwind: objtool does not see this file (Kbuild), so there is no ORC for it. Whoever writes to the
 * parameter "nap" sleeps in here until a signal comes: the frames below are hidden from the unwinder.
 */
#include <linux/module.h>
#include <linux/wait.h>

static DECLARE_WAIT_QUEUE_HEAD(queue);

static int nap(const char *text, const struct kernel_param *param)
{
	return wait_event_interruptible(queue, false);
}

static const struct kernel_param_ops nap_ops = { .set = nap };

module_param_cb(nap, &nap_ops, NULL, 0200);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Sleeps where the unwinder cannot follow, for kmend's tests");
