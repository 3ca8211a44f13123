// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that run while the machine is stopped, or that an NMI or a machine check runs in the midst of the switch.
 * Names of Linux 5.10 to 6.12; those that are noinstr are refused for that already.
 */
#include <string.h>

#include "internal.h"

static const struct {
	const char *name;
	bool is_prefix;
} in_stop[] = {
	{ "multi_cpu_stop" },
	{ "stop_machine", true },
	{ "stop_cpus" },
	{ "stop_two_cpus" },
	{ "cpu_stop", true },
	{ "ack_state" },
	{ "set_state" },
	/* Writing code, and what it waits with. */
	{ "text_poke", true },
	{ "__text_poke", true },
	{ "poke_int3_handler" },
	{ "patch_cmp" },
	/* Unwinding stacks. */
	{ "unwind_next_frame" },
	{ "__unwind_start" },
	{ "unwind_get_return_address", true },
	{ "orc_find" },
	{ "__orc_find" },
	{ "orc_ftrace_find" },
	{ "deref_stack", true },
	{ "stack_access_ok" },
	{ "get_stack_info", true },
	{ "in_task_stack" },
	{ "in_entry_stack" },
	{ "ftrace_graph_ret_addr" },
	/* NMI and machine check: not held off by anything. */
	{ "nmi_handle" },
	{ "default_do_nmi" },
	{ "exc_nmi" },
	{ "do_nmi" },
	{ "nmi_cpu_backtrace", true },
	{ "perf_event_nmi_handler" },
	{ "do_machine_check" },
	{ "exc_machine_check" },
	/* The clock and the scheduler's view that the stop itself uses. */
	{ "rcu_momentary_dyntick_idle" },
	{ "touch_nmi_watchdog" },
};

bool name_runs_in_stop(const char *name)
{
	size_t stem = name_stem(name);

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(in_stop); i++) {
		if (in_stop[i].is_prefix ? kmend_starts_with(name, in_stop[i].name)
					 : stem == strlen(in_stop[i].name) && !strncmp(name, in_stop[i].name, stem))
			return true;
	}
	return false;
}
