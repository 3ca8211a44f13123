// SPDX-License-Identifier: GPL-2.0
/*
 * Puts a guest's kernel into states that kmend.ko must be right in, and that nothing in user space brings about.
 *
 *   poke       write "SYMBOL+OFFSET HEX": these bytes are put there, as another tool would, or a store that was torn;
 *              write "back": what was there is put back
 *   hold_exit  Y: threads called "leaver" stay asleep at the end of do_exit(), where no list has them any more
 *   exiting    how many are there (read only)
 */
#define pr_fmt(fmt) "kmend_test: " fmt

#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>

#define MAX_POKE 16

static unsigned long (*lookup_name)(const char *name);
static void *(*poke_text)(void *address, const void *bytes, size_t size);
static struct mutex *poke_mutex;

static struct {
	void *address;
	u8 before[MAX_POKE];
	size_t size;
} poked;

static void put(void *address, const u8 *bytes, size_t size)
{
	mutex_lock(poke_mutex);
	poke_text(address, bytes, size);
	mutex_unlock(poke_mutex);
}

static int poke_back(void)
{
	if (!poked.size)
		return -EINVAL;
	put(poked.address, poked.before, poked.size);
	poked.size = 0;
	return 0;
}

static int set_poke(const char *text, const struct kernel_param *param)
{
	char name[KSYM_NAME_LEN], hex[2 * MAX_POKE + 1];
	u8 bytes[MAX_POKE];
	unsigned int offset;
	unsigned long start;

	if (sysfs_streq(text, "back"))
		return poke_back();
	if (poked.size || sscanf(text, "%127[^+]+%x %32s", name, &offset, hex) != 3)
		return -EINVAL;
	start = lookup_name(name);
	if (!start || hex2bin(bytes, hex, strlen(hex) / 2))
		return -EINVAL;
	poked.address = (void *)(start + offset);
	poked.size = strlen(hex) / 2;
	memcpy(poked.before, poked.address, poked.size);
	put(poked.address, bytes, poked.size);
	return 0;
}

static const struct kernel_param_ops poke_ops = { .set = set_poke };
module_param_cb(poke, &poke_ops, NULL, 0200);

static bool hold_exit;
module_param(hold_exit, bool, 0600);
static atomic_t exiting = ATOMIC_INIT(0);
module_param_named(exiting, exiting.counter, int, 0400);

/* Called from the tracer's own trampoline for this function alone, so it may sleep. */
static void notrace at_exit(unsigned long ip, unsigned long parent, struct ftrace_ops *ops, struct ftrace_regs *regs)
{
	if (strcmp(current->comm, "leaver"))
		return;
	atomic_inc(&exiting);
	while (READ_ONCE(hold_exit))
		msleep(20);
	atomic_dec(&exiting);
}

static struct ftrace_ops exit_ops = { .func = at_exit };

static int find_symbols(void)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name", .flags = KPROBE_FLAG_DISABLED };
	int error = register_kprobe(&probe);

	if (error)
		return error;
	lookup_name = (void *)probe.addr;
	unregister_kprobe(&probe);
	poke_text = (void *)lookup_name("text_poke");
	poke_mutex = (void *)lookup_name("text_mutex");
	return poke_text && poke_mutex ? 0 : -ENOENT;
}

static int __init test_init(void)
{
	/* Called by do_exit() behind exit_notify(). */
	static char last[] = "exit_task_stack_account";
	int error = find_symbols();

	if (!error)
		error = ftrace_set_filter(&exit_ops, last, sizeof(last) - 1, 1);
	return error ?: register_ftrace_function(&exit_ops);
}

static void __exit test_exit(void)
{
	hold_exit = false;
	while (atomic_read(&exiting))
		msleep(20);
	unregister_ftrace_function(&exit_ops);
	poke_back();
}

module_init(test_init);
module_exit(test_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("kmend's tests: states that user space cannot bring about");
