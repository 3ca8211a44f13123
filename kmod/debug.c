// SPDX-License-Identifier: GPL-2.0
/*
 * Only in a debug build: calls that fail on purpose (debug.h).
 */
#include "kmend.h"

#include <linux/moduleparam.h>

static unsigned int fail_at; /* the number of the call that is to fail, counted from when it was written; 0: none */
static unsigned int nr_calls;
static DEFINE_SPINLOCK(lock);

static int set_fail_at(const char *text, const struct kernel_param *param)
{
	int error;

	spin_lock(&lock);
	error = param_set_uint(text, param);
	nr_calls = 0;
	spin_unlock(&lock);
	return error;
}

static const struct kernel_param_ops fail_at_ops = {
	.set = set_fail_at,
	.get = param_get_uint,
};

module_param_cb(fail_at, &fail_at_ops, &fail_at, 0600);
MODULE_PARM_DESC(fail_at, "fail that call which may fail, counted from here; reads as 0 once it has");

bool kmend_debug_fails(const char *function, int line)
{
	bool fails;

	spin_lock(&lock);
	fails = ++nr_calls == fail_at;
	if (fails)
		fail_at = 0;
	spin_unlock(&lock);
	if (fails)
		pr_info("debug: the call in %s(), line %d, fails\n", function, line);
	return fails;
}
