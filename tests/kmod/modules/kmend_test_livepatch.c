// SPDX-License-Identifier: GPL-2.0
/*
 * A livepatch of somebody else: eventfd's read() always fails with ENOTTY, or, with function=cmdline_proc_show,
 * /proc/cmdline is empty.
 */
#include <linux/fs.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uio.h>

static char *function = "eventfd_read";
module_param(function, charp, 0400);

static ssize_t test_read(struct kiocb *iocb, struct iov_iter *to)
{
	return -ENOTTY;
}

static int test_show(struct seq_file *file, void *unused)
{
	return 0;
}

static struct klp_func functions[2];
static struct klp_object objects[] = { { .funcs = functions }, {} };
static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objects };

static int __init test_init(void)
{
	functions[0].old_name = function;
	functions[0].new_func = strcmp(function, "eventfd_read") ? (void *)test_show : (void *)test_read;
	return klp_enable_patch(&patch);
}

static void __exit test_exit(void)
{
}

module_init(test_init);
module_exit(test_exit);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("kmend's tests: a livepatch of somebody else");
