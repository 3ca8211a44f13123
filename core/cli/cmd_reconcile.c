// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "../apply/trial.h"
#include "commands.h"
#include "standing.h"
#include "transition.h"

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	KMEND_OPTIONS_SWITCH,
	KMEND_OPTIONS_OUTPUT,
	{ .name = "settle", .help = "only note that the machine lives on; called by kmend-settle.service" },
	{ 0 },
};

const struct kmend_command kmend_command_reconcile = {
	.name = "reconcile",
	.arguments = "[OPTION]...",
	.summary = "make the running kernel follow what is installed",
	.description =
		"Applies what is installed for the running kernel and not in force, undoes what is in force and whose\n"
		"package is gone, tries again what was busy, and finishes or takes back what a crash interrupted. Run at\n"
		"boot, all in one stop, and by kmend-reconcile.timer; running it again changes nothing more. What was undone by hand,\n"
		"applied by hand, refused in this boot, or killed the machine within a minute of being applied is left alone. Exit status: that of the worst step; 0: all done.",
	.options = options,
	.run = run,
};

/* The journal of a boot is where people look for why nothing was applied. */
static void tell_why(const struct kmend_machine *machine, size_t nr_steps)
{
	_cleanup_free_ char *fixed = kmend_lacking_fixed_kernel(machine);
	const char *off = kmend_machine_switched_off(machine);

	if (off)
		printf("kmend is switched off: %s; nothing is applied.\n", off);
	if (fixed)
		puts(fixed);
	if (!nr_steps && !off)
		puts("The running kernel follows what is installed; nothing to do.");
}

static int reconcile(struct kmend_transition *transition, struct kmend_error *error)
{
	struct kmend_step_list steps = { 0 };
	struct kmend_report report;
	int code = kmend_reconcile(transition->machine, &transition->apply, &steps, error);

	if (code) {
		kmend_step_list_clear(&steps);
		return code;
	}
	if (!transition->json && !transition->quiet)
		tell_why(transition->machine, steps.count);
	kmend_report_begin(&report, "reconcile", transition->json, transition->quiet, transition->apply.dry_run);
	for (size_t i = 0; i < steps.count; i++)
		kmend_report_result(&report, &steps.items[i].result, &steps.items[i].error, &steps.items[i]);
	kmend_step_list_clear(&steps);
	kmend_cli_set_json(false);
	error->status = kmend_report_end(&report);
	return 0;
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	_cleanup_transition_ struct kmend_transition transition = { .lock = -1 };
	const char *foreign;

	if (kmend_transition_begin(&transition, &kmend_command_reconcile, argc, argv, error))
		return error->status;
	if (transition.nr_operands) {
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "reconcile takes no operands");
		return error->status;
	}
	if (kmend_machine_need_root(transition.machine, error))
		return error->status;
	/* Unlike apply it is called by timers: there, having nothing to do is no failure. */
	foreign = kmend_machine_is_foreign(transition.machine);
	if (foreign) {
		fprintf(stderr, "kmend: nothing to do: this is %s, and the running kernel is not its own.\n", foreign);
		return KMEND_STATUS_OK;
	}
	if (transition.settle) {
		kmend_trial_settle(transition.machine, error);
		return error->status;
	}
	transition.apply.replace = true;
	if (!kmend_transition_lock(&transition, error))
		reconcile(&transition, error);
	return error->status;
}
