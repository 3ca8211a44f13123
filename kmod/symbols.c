// SPDX-License-Identifier: GPL-2.0
/*
 * What kmend.ko needs of the kernel and the kernel does not export. kallsyms_lookup_name() itself is found by
 * registering a disabled kprobe on it: the kprobe's address is looked up, and not a byte of code is changed.
 */
#include "kmend.h"

#include <linux/kprobes.h>

struct kmend_kernel kmend_kernel;

struct wanted {
	const char *name;
	size_t offset; /* of a pointer in struct kmend_kernel */
	bool is_required;
};

#define WANTED(symbol, member, required)                                                                 \
	{                                                                                                \
		.name = symbol, .offset = offsetof(struct kmend_kernel, member), .is_required = required \
	}

static const struct wanted wanted[] = {
	WANTED("kallsyms_on_each_symbol", on_each_symbol, true),
	WANTED("kallsyms_on_each_match_symbol", on_each_match, false),
	WANTED("find_module", find_module, true),
	WANTED("kallsyms_lookup_size_offset", lookup_size, true),
	WANTED("kernel_text_address", is_text, true),
	WANTED("core_kernel_text", is_core_text, true),
	WANTED("idle_task", idle_task, true),
	WANTED("put_task_stack", put_task_stack, true),
	WANTED("task_call_func", task_call_func, true),
	WANTED("tasks_rcu_exit_srcu", exit_srcu,
	       IS_ENABLED(CONFIG_TASKS_RCU) && LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)),
	WANTED("stop_machine_cpuslocked", stop_machine_cpuslocked, true),
	WANTED("text_mutex", text_mutex, true),
	WANTED("__is_insn_slot_addr", is_insn_slot, false),
	WANTED("kprobe_optinsn_slots", optinsn_slots, IS_ENABLED(CONFIG_OPTPROBES)),
	WANTED("get_kprobe", get_kprobe, true),
	WANTED("kprobe_mutex", kprobe_mutex, true),
	WANTED("ddebug_lock", ddebug_lock, IS_ENABLED(CONFIG_DYNAMIC_DEBUG_CORE)),
	WANTED("jump_label_module_notify", jump_label_notify, IS_ENABLED(CONFIG_JUMP_LABEL)),
	WANTED("static_call_module_notify", static_call_notify, IS_ENABLED(CONFIG_HAVE_STATIC_CALL_INLINE)),
	WANTED("tracepoint_module_notify", tracepoint_notify, IS_ENABLED(CONFIG_TRACEPOINTS)),
	WANTED("srcu_module_notify", srcu_notify, IS_ENABLED(CONFIG_TREE_SRCU)),
	WANTED("set_memory_ro", set_memory_ro, true),
	WANTED("set_memory_rw", set_memory_rw, true),
	WANTED("__start_ro_after_init", ro_after_init_start, true),
	WANTED("__end_ro_after_init", ro_after_init_end, true),
	WANTED("__start_rodata", rodata_start, true),
	WANTED("__end_rodata", rodata_end, true),
	WANTED("ftrace_location", ftrace_location, IS_ENABLED(CONFIG_LIVEPATCH)),
	WANTED("klp_find_ops", klp_find_ops, IS_ENABLED(CONFIG_LIVEPATCH)),
	WANTED("klp_mutex", klp_mutex, IS_ENABLED(CONFIG_LIVEPATCH)),
	WANTED("__init_begin", init_start, false),
	WANTED("__init_end", init_end, false),
	WANTED("__noinstr_text_start", noinstr_start, true),
	WANTED("__noinstr_text_end", noinstr_end, true),
	WANTED("__entry_text_start", entry_start, true),
	WANTED("__entry_text_end", entry_end, true),
};

/* endbr64, which a kprobe's address is moved behind where a function begins with it (arch_adjust_kprobe_addr()). */
static const u8 endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa };

static int find_lookup_name(void)
{
	struct kprobe probe = {
		.symbol_name = "kallsyms_lookup_name",
		.flags = KPROBE_FLAG_DISABLED,
	};
	unsigned long address;
	int error = register_kprobe(&probe);

	if (error) {
		pr_err("cannot look up kernel symbols: no kprobe on kallsyms_lookup_name (error %d)\n", error);
		return error;
	}
	address = (unsigned long)probe.addr;
	unregister_kprobe(&probe);
	if (!memcmp((void *)(address - sizeof(endbr)), endbr, sizeof(endbr)))
		address -= sizeof(endbr);
	kmend_kernel.lookup_name = (void *)address;
	return 0;
}

int kmend_symbols_find(void)
{
	unsigned long address;
	int i, error = find_lookup_name();

	if (error)
		return error;
	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		address = kmend_kernel.lookup_name(wanted[i].name);
		if (!address && wanted[i].is_required) {
			pr_err("this kernel has no %s, which kmend needs\n", wanted[i].name);
			return -ENOENT;
		}
		*(unsigned long *)((char *)&kmend_kernel + wanted[i].offset) = address;
	}
	return 0;
}

struct module *kmend_symbols_module(const char *name, enum module_state state)
{
	struct module *mod;

	/* The list of modules is read under RCU. */
	preempt_disable();
	mod = kmend_kernel.find_module(name);
	if (mod && mod->state != state)
		mod = NULL;
	preempt_enable();
	return mod;
}
