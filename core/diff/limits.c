// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that run while the machine is stopped, or that an NMI or a machine check runs in the midst of the switch.
 * Names of Linux 5.10 to 6.12; those that are noinstr are refused for that already.
 */
#include <string.h>

#include "internal.h"

#define STOP "is what stops the machine"
#define POKE "is what writes code, or waits for that"
#define UNWIND "unwinds stacks while the machine is stopped"
#define NMI "runs in NMIs and machine checks, which nothing holds off"

static const struct {
	const char *name;
	bool is_prefix;
	const char *unit; /* where others may have a function of that name, too; else NULL */
	const char *what;
} in_stop[] = {
	{ "multi_cpu_stop", false, NULL, STOP },
	{ "stop_machine", true, NULL, STOP },
	{ "stop_cpus", false, NULL, STOP },
	{ "stop_two_cpus", false, NULL, STOP },
	{ "cpu_stop", true, NULL, STOP },
	{ "ack_state", false, "kernel/stop_machine.c", STOP },
	{ "set_state", false, "kernel/stop_machine.c", STOP },
	{ "rcu_momentary_dyntick_idle", false, NULL, STOP },
	{ "touch_nmi_watchdog", false, NULL, STOP },

	{ "text_poke", true, NULL, POKE },
	{ "__text_poke", true, NULL, POKE },
	{ "poke_int3_handler", false, NULL, POKE },
	{ "patch_cmp", false, "arch/x86/kernel/alternative.c", POKE },

	{ "unwind_next_frame", false, NULL, UNWIND },
	{ "__unwind_start", false, NULL, UNWIND },
	{ "unwind_get_return_address", true, NULL, UNWIND },
	{ "orc_find", false, NULL, UNWIND },
	{ "__orc_find", false, NULL, UNWIND },
	{ "orc_ftrace_find", false, NULL, UNWIND },
	{ "deref_stack", true, "arch/x86/kernel/unwind_orc.c", UNWIND },
	{ "stack_access_ok", false, "arch/x86/kernel/unwind_orc.c", UNWIND },
	{ "get_stack_info", true, NULL, UNWIND },
	{ "in_task_stack", false, NULL, UNWIND },
	{ "in_entry_stack", false, NULL, UNWIND },
	{ "ftrace_graph_ret_addr", false, NULL, UNWIND },

	{ "nmi_handle", false, NULL, NMI },
	{ "default_do_nmi", false, NULL, NMI },
	{ "exc_nmi", false, NULL, NMI },
	{ "do_nmi", false, NULL, NMI },
	{ "nmi_cpu_backtrace", true, NULL, NMI },
	{ "perf_event_nmi_handler", false, NULL, NMI },
	{ "do_machine_check", false, NULL, NMI },
	{ "exc_machine_check", false, NULL, NMI },
};

const char *why_in_stop(const char *unit, const char *name)
{
	size_t stem = name_stem(name);

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(in_stop); i++) {
		if (in_stop[i].unit && strcmp(in_stop[i].unit, unit))
			continue;
		if (in_stop[i].is_prefix ? kmend_starts_with(name, in_stop[i].name)
					 : stem == strlen(in_stop[i].name) && !strncmp(name, in_stop[i].name, stem))
			return in_stop[i].what;
	}
	return NULL;
}
