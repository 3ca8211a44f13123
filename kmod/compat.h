/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything in which the kernels that kmend.ko is built for differ, and nothing else: 6.1 (Debian 12) and 6.12 (Debian 13),
 * each also with PREEMPT_RT. A difference is a function here, so that callers need not know of it.
 */
#ifndef KMEND_COMPAT_H
#define KMEND_COMPAT_H

#include <linux/ftrace.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/version.h>

/* ---- struct module: one stretch of memory that stays, in parts without gaps; or (6.4) several stretches ---- */

struct kmend_region {
	unsigned long start, end;
};

#define KMEND_MAX_REGIONS 4

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)

static inline struct kmend_region kmend_compat_memory(const struct module *mod, enum mod_mem_type type)
{
	unsigned long base = (unsigned long)mod->mem[type].base;

	return (struct kmend_region){ base, base + mod->mem[type].size };
}

/* The executable code that stays. */
static inline struct kmend_region kmend_compat_text(const struct module *mod)
{
	return kmend_compat_memory(mod, MOD_TEXT);
}

/* The read-only data that stays. */
static inline struct kmend_region kmend_compat_rodata(const struct module *mod)
{
	return kmend_compat_memory(mod, MOD_RODATA);
}

/* The data that is read-only once the module's init is over. */
static inline struct kmend_region kmend_compat_ro_after_init(const struct module *mod)
{
	return kmend_compat_memory(mod, MOD_RO_AFTER_INIT);
}

/* All that stays: stretches without gaps, the first of them the code. Return: how many. */
static inline u32 kmend_compat_regions(const struct module *mod, struct kmend_region regions[KMEND_MAX_REGIONS])
{
	u32 nr = 0;
	int i;

	for (i = MOD_TEXT; i <= MOD_RO_AFTER_INIT; i++) {
		if (i == MOD_TEXT || mod->mem[i].size)
			regions[nr++] = kmend_compat_memory(mod, i);
	}
	return nr;
}

#else

static inline struct kmend_region kmend_compat_layout(const struct module *mod, unsigned int from, unsigned int to)
{
	unsigned long base = (unsigned long)mod->core_layout.base;

	return (struct kmend_region){ base + from, base + to };
}

static inline struct kmend_region kmend_compat_text(const struct module *mod)
{
	return kmend_compat_layout(mod, 0, mod->core_layout.text_size);
}

static inline struct kmend_region kmend_compat_rodata(const struct module *mod)
{
	return kmend_compat_layout(mod, mod->core_layout.text_size, mod->core_layout.ro_size);
}

static inline struct kmend_region kmend_compat_ro_after_init(const struct module *mod)
{
	return kmend_compat_layout(mod, mod->core_layout.ro_size, mod->core_layout.ro_after_init_size);
}

static inline u32 kmend_compat_regions(const struct module *mod, struct kmend_region regions[KMEND_MAX_REGIONS])
{
	regions[0] = kmend_compat_text(mod);
	regions[1] = kmend_compat_layout(mod, mod->core_layout.text_size, mod->core_layout.size);
	return 2;
}

#endif

/* ---- kallsyms: the walk over the kernel image's names was one over all modules', too, before 6.4 ---- */

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
typedef int (*kmend_visit_symbol)(void *data, const char *name, unsigned long address);
#define KMEND_VISIT_SYMBOL(function) static int function(void *data, const char *name, unsigned long address)
#define KMEND_VISITS_MODULE 0
#else
typedef int (*kmend_visit_symbol)(void *data, const char *name, struct module *module, unsigned long address);
#define KMEND_VISIT_SYMBOL(function) \
	static int function(void *data, const char *name, struct module *module, unsigned long address)
#define KMEND_VISITS_MODULE (module != NULL)
#endif

/* ---- ftrace ---- */

static inline void kmend_compat_set_ip(struct ftrace_regs *fregs, unsigned long ip)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	ftrace_regs_set_instruction_pointer(fregs, ip);
#else
	ftrace_instruction_pointer_set(fregs, ip);
#endif
}

/*
 * Return addresses that function graph tracing has moved off a task's stack, and whatever words lie among them there.
 * `i` from 0 on. Return: false behind the last.
 */
static inline bool kmend_compat_moved_address(const struct task_struct *task, unsigned int i, unsigned long *ret_word)
{
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
	/* A stack of words, of one page (SHADOW_STACK_SIZE); curr_ret_stack is the first that is free. */
	if (task->ret_stack && task->curr_ret_stack > 0 && i < task->curr_ret_stack && i < PAGE_SIZE / sizeof(long)) {
		*ret_word = READ_ONCE(task->ret_stack[i]);
		return true;
	}
#else
	/* An array; curr_ret_stack is the last that is in use, -1 if none is. */
	if (task->ret_stack && task->curr_ret_stack >= 0 && i <= task->curr_ret_stack && i < FTRACE_RETFUNC_DEPTH) {
		*ret_word = READ_ONCE(task->ret_stack[i].ret);
		return true;
	}
#endif
#endif
	return false;
}

#endif /* KMEND_COMPAT_H */
