// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "../apply/together.h"
#include "commands.h"
#include "transition.h"

static int no_such_update(const char *name, struct kmend_error *error)
{
	kmend_fail(error, KMEND_STATUS_UNKNOWN_ID, -ENOENT, "no update '%s' is installed", name);
	kmend_advise(error, "Install its package, or give its container, a file whose name ends in .kmend.");
	return -ENOENT;
}

/* An operand is a container if its name says so, else the id of an installed update. */
static int find_material(const struct kmend_machine *machine, const struct kmend_installed_list *list,
			 const char *operand, struct kmend_material **ret_material, struct kmend_error *error)
{
	const struct kmend_installed *installed;

	if (kmend_ends_with(operand, ".kmend")) {
		/* One that cannot be looked at is not absent: reading it says why. */
		if (kmend_file_exists(operand) || errno != ENOENT)
			return kmend_material_container(machine, operand, ret_material, error);
		kmend_fail(error, KMEND_STATUS_UNKNOWN_ID, -ENOENT, "there is no file %s", operand);
		return -ENOENT;
	}
	installed = kmend_installed_find(list, machine->release, operand);
	if (installed)
		return kmend_material_installed(installed, ret_material, error);
	installed = kmend_installed_find(list, NULL, operand);
	if (!installed)
		return no_such_update(operand, error);
	kmend_fail(error, KMEND_STATUS_OTHER_KERNEL, -EXDEV,
		   "the update %s is installed for the kernel %s; the running one is %s", operand, installed->release,
		   machine->release);
	kmend_advise(error, "Install the package kmend-patch-%s-… of this update.", machine->release);
	return -EXDEV;
}

/* One update that was asked for: what it is, or why it is nothing. */
struct wanted {
	const char *name;
	struct kmend_material *material; /* NULL: see the error */
	struct kmend_error error;
	bool is_done;
};

static void find_wanted(const struct kmend_machine *machine, const struct kmend_installed_list *list, const char *name,
			struct wanted *ret_wanted)
{
	*ret_wanted = (struct wanted){ .name = name };
	find_material(machine, list, name, &ret_wanted->material, &ret_wanted->error);
}

static void apply_wanted(struct kmend_transition *transition, struct wanted *wanted, struct kmend_report *report)
{
	struct kmend_result result = { .id = kmend_strdup(wanted->name) };

	if (wanted->material)
		kmend_apply(transition->machine, wanted->material, &transition->apply, &result, &wanted->error);
	kmend_report_result(report, &result, &wanted->error, NULL);
	kmend_result_clear(&result);
	kmend_material_free(wanted->material);
	wanted->material = NULL;
	wanted->is_done = true;
}

static void apply_one(struct kmend_transition *transition, const struct kmend_installed_list *list, const char *operand,
		      struct kmend_report *report)
{
	struct wanted wanted;

	find_wanted(transition->machine, list, operand, &wanted);
	apply_wanted(transition, &wanted, report);
}

static bool is_base_of(const struct wanted *base, const struct wanted *top)
{
	for (size_t i = 0; base->material && top->material && i < top->material->manifest->nr_bases; i++)
		if (!strcmp(top->material->manifest->bases[i].id, base->material->manifest->id))
			return true;
	return false;
}

/* The first that is not done and lies on none of the others that are not; in a circle just the first. */
static struct wanted *next_wanted(struct wanted *wanted, size_t count)
{
	struct wanted *first = NULL;

	for (size_t i = 0; i < count; i++) {
		bool waits = wanted[i].is_done;

		if (!first && !wanted[i].is_done)
			first = &wanted[i];
		for (size_t j = 0; j < count && !waits; j++)
			waits = j != i && !wanted[j].is_done && is_base_of(&wanted[j], &wanted[i]);
		if (!waits)
			return &wanted[i];
	}
	return first;
}

/* In the order given, but for those that lie on others: whatever was said first, bases go first. */
static void apply_several(struct kmend_transition *transition, const struct kmend_installed_list *list,
			  struct kmend_report *report, struct kmend_error *error)
{
	size_t count = transition->nr_operands;
	struct wanted *wanted = kmend_calloc(count, sizeof(*wanted)), *next;

	for (size_t i = 0; i < count; i++)
		find_wanted(transition->machine, list, transition->operands[i], &wanted[i]);
	while ((next = next_wanted(wanted, count)) && !kmend_transition_is_cancelled(error))
		apply_wanted(transition, next, report);
	for (size_t i = 0; i < count; i++)
		kmend_material_free(wanted[i].material);
	free(wanted);
}

static int apply_operands(struct kmend_transition *transition, struct kmend_error *error)
{
	_cleanup_installed_ struct kmend_installed_list list = { 0 };
	struct kmend_report report;
	int code = kmend_installed_read(transition->machine, &list, error);

	if (code)
		return code;
	kmend_report_begin(&report, "apply", transition->json, transition->quiet, transition->apply.dry_run);
	apply_several(transition, &list, &report, error);
	for (size_t i = 0; transition->all && i < list.count && !kmend_transition_is_cancelled(error); i++)
		if (!strcmp(list.items[i].release, transition->machine->release))
			apply_one(transition, &list, list.items[i].id, &report);
	/* From here on the report has told all; main() has nothing to add. */
	kmend_cli_set_json(false);
	code = kmend_report_end(&report);
	error->status = code ? code : error->status;
	return 0;
}

/* Why nothing is to be done now for a package, or NULL. New memory. */
static char *reason_to_skip(const struct kmend_transition *transition)
{
	const struct kmend_machine *machine = transition->machine;
	const char *why;

	if (transition->release && strcmp(transition->release, machine->release))
		return kmend_format("it is for the kernel %s and the running one is %s; it is applied when that kernel "
				    "is booted",
				    transition->release, machine->release);
	why = kmend_machine_is_foreign(machine);
	if (why)
		return kmend_format("this is %s, and the running kernel is not its own; it is applied when the system "
				    "is booted",
				    why);
	why = kmend_machine_switched_off(machine);
	return why ? kmend_format("kmend is switched off: %s", why) : NULL;
}

/*
 * Several at once, when the package manager is done with all: in one stop, if the kernel lets them; else one by one, which
 * tells who is in the way.
 */
static void apply_joint(struct kmend_transition *transition, const struct kmend_installed_list *list,
			struct kmend_report *report)
{
	size_t count = transition->nr_operands, found = 0;
	struct kmend_material *materials[KMEND_MOST_TOGETHER] = { NULL };
	struct kmend_result results[KMEND_MOST_TOGETHER] = { { 0 } };
	struct kmend_error error = { 0 }, unrecorded = { 0 };
	bool together = false;

	for (size_t i = 0; i < count && found < KMEND_MOST_TOGETHER; i++)
		if (!find_material(transition->machine, list, transition->operands[i], &materials[found], NULL))
			found++;
	if (found == count && count > 1)
		together = !kmend_apply_together(transition->machine, materials, found, results, &unrecorded);
	for (size_t i = 0; i < found; i++) {
		if (together)
			kmend_report_result(report, &results[i], &error, NULL);
		kmend_result_clear(&results[i]);
		kmend_material_free(materials[i]);
	}
	if (!together)
		apply_several(transition, list, report, &error);
	else if (unrecorded.status != KMEND_STATUS_OK)
		kmend_report_error(&unrecorded);
}

/*
 * For a package's postinst. Nothing that stops the kernel from being fixed may stop the package manager (a package left
 * half-configured fixes nothing either), so all of it is said loudly, and reconcile goes on with it.
 */
static int apply_for_package(struct kmend_transition *transition)
{
	_cleanup_free_ char *skip = reason_to_skip(transition);
	_cleanup_installed_ struct kmend_installed_list list = { 0 };
	struct kmend_error error = { 0 };
	struct kmend_report report;
	const char *id = transition->nr_operands == 1 ? transition->operands[0] : "all hotpatches of this transaction";

	if (skip) {
		for (int i = 0; i < transition->nr_operands; i++)
			fprintf(stderr, "kmend: update %s: nothing to do now: %s.\n", transition->operands[i], skip);
		return KMEND_STATUS_OK;
	}
	transition->apply.replace = true;
	kmend_report_begin(&report, "apply", false, false, false);
	if (kmend_transition_lock(transition, &error) || kmend_installed_read(transition->machine, &list, &error))
		kmend_report_error(&error);
	else if (transition->nr_operands == 1)
		apply_one(transition, &list, transition->operands[0], &report);
	else
		apply_joint(transition, &list, &report);
	if (error.status != KMEND_STATUS_OK || report.worst != KMEND_STATUS_OK)
		fprintf(stderr,
			"kmend: THE RUNNING KERNEL IS NOT FIXED by %s yet. The packages stay installed; see 'kmend status'.\n",
			id);
	return KMEND_STATUS_OK;
}

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	KMEND_OPTION_ALL("apply all installed updates of the running kernel"),
	KMEND_OPTIONS_SWITCH,
	{ .name = "engine", .argument = "ENGINE", .help = "'stop' or 'gradual', whatever the update asks for" },
	KMEND_OPTIONS_OUTPUT,
	KMEND_OPTIONS_PACKAGE,
	{ 0 },
};

const struct kmend_command kmend_command_apply = {
	.name = "apply",
	.arguments = "[OPTION]... (ID|FILE.kmend... | --all)",
	.summary = "fix the running kernel",
	.description =
		"Applies updates to the running kernel: installed ones by their id, or a container. The running code is\n"
		"matched against the code the update was built from, then all tasks are switched at one instant, or, by the\n"
		"engine 'gradual', each by itself when it is outside of that code.\n"
		"If a task is inside the code being replaced it is tried again; an installed update that stays busy is\n"
		"'pending' and tried again by kmend-reconcile.timer. Exit status: 0 in force (or already so),\n"
		"30 busy, 31 refused, 27 for another kernel, 26 no kmend.ko, 22 unknown, 20/21 damaged.",
	.options = options,
	.run = run,
};

static int run(int argc, char **argv, struct kmend_error *error)
{
	_cleanup_transition_ struct kmend_transition transition = { .lock = -1 };
	const char *off;

	if (kmend_transition_begin(&transition, &kmend_command_apply, argc, argv, error))
		return error->status;
	if (transition.all ? transition.nr_operands > 0 : transition.nr_operands == 0) {
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "apply needs ids or containers, or --all");
		return error->status;
	}
	if (transition.from_package)
		return apply_for_package(&transition);
	off = kmend_machine_switched_off(transition.machine);
	if (off) {
		kmend_fail(error, KMEND_STATUS_REFUSED, -EPERM, "kmend is switched off: %s; nothing was done", off);
		kmend_advise(error, "Remove it to switch kmend on again.");
		return error->status;
	}
	if (!kmend_transition_lock(&transition, error))
		apply_operands(&transition, error);
	return error->status;
}
