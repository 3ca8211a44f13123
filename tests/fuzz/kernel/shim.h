/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel (6.12) as files of kmod/ need that only look at memory: so they are compiled in user space, where a
 * sanitizer sees each step beyond a table. The headers in linux/ here all lead to this one.
 */
#ifndef KMEND_TESTS_KERNEL_SHIM_H
#define KMEND_TESTS_KERNEL_SHIM_H

#include <assert.h>
#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#define __printf(a, b) __attribute__((format(printf, a, b)))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))
#define LINUX_VERSION_CODE KERNEL_VERSION(6, 12, 0)
#define MODULE_NAME_LEN 56
#define TASK_COMM_LEN 16
#define rcu_dereference_protected(pointer, condition) (pointer)

struct cpumask;
struct list_head;
struct mutex;
struct notifier_block;
struct srcu_struct;
struct task_struct;
struct ftrace_regs;
typedef Elf64_Sym Elf_Sym;
typedef int (*cpu_stop_fn_t)(void *data);
typedef int (*task_call_f)(struct task_struct *task, void *data);

enum module_state { MODULE_STATE_LIVE, MODULE_STATE_COMING, MODULE_STATE_GOING };
enum mod_mem_type { MOD_TEXT, MOD_DATA, MOD_RODATA, MOD_RO_AFTER_INIT, MOD_MEM_NUM_TYPES };

struct module_memory {
	void *base;
	unsigned int size;
};

struct mod_kallsyms {
	Elf_Sym *symtab;
	unsigned int num_symtab;
	char *strtab;
};

struct module {
	char name[MODULE_NAME_LEN];
	struct module_memory mem[MOD_MEM_NUM_TYPES];
	struct mod_kallsyms *kallsyms;
};

struct new_utsname {
	char release[65];
	char version[65];
};

struct uts_namespace {
	struct new_utsname name;
};

extern struct uts_namespace init_uts_ns;

void ftrace_regs_set_instruction_pointer(struct ftrace_regs *regs, unsigned long ip);

static inline bool strstarts(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

#endif
