// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "commands.h"
#include "transition.h"

static void undo_one(struct kmend_transition *transition, const char *id, bool known, struct kmend_report *report)
{
	struct kmend_result result = { .id = kmend_strdup(id) };
	struct kmend_error error = { 0 };

	kmend_undo(transition->machine, id, known, &transition->apply, &result, &error);
	kmend_report_result(report, &result, &error, NULL);
	kmend_result_clear(&result);
}

/* Which to undo, in their order: what lies on top has to go before what it lies on, whatever was said first. */
static int order_operands(const struct kmend_transition *transition, struct kmend_strv *ret_ids,
			  struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv applied = { 0 }, asked = { 0 };
	int code = 0;

	for (int i = 0; i < transition->nr_operands; i++)
		kmend_strv_add(&asked, transition->operands[i]);
	/* The newest first. */
	if (transition->all || asked.count > 1)
		code = kmend_live_applied(transition->machine, &applied, error);
	for (size_t i = 0; i < applied.count && !code; i++)
		if (transition->all || kmend_strv_has(&asked, applied.items[i]))
			kmend_strv_add(ret_ids, applied.items[i]);
	for (size_t i = 0; i < asked.count && !code; i++)
		if (!kmend_strv_has(ret_ids, asked.items[i]))
			kmend_strv_add(ret_ids, asked.items[i]);
	return code;
}

static int undo_operands(struct kmend_transition *transition, struct kmend_error *error)
{
	_cleanup_installed_ struct kmend_installed_list list = { 0 };
	_cleanup_strv_ struct kmend_strv ids = { 0 };
	struct kmend_report report;
	int code = kmend_installed_read(transition->machine, &list, error);

	if (!code)
		code = order_operands(transition, &ids, error);
	if (code)
		return code;
	kmend_report_begin(&report, "undo", transition->json, transition->quiet, transition->apply.dry_run);
	for (size_t i = 0; i < ids.count && !kmend_transition_is_cancelled(error); i++)
		undo_one(transition, ids.items[i],
			 transition->all || kmend_installed_find(&list, NULL, ids.items[i]) != NULL, &report);
	kmend_cli_set_json(false);
	code = kmend_report_end(&report);
	error->status = code ? code : error->status;
	return 0;
}

/* For a package's prerm: fails if the kernel cannot be put back now, so that the package stays. */
static int undo_for_package(struct kmend_transition *transition, const char *id, struct kmend_error *error)
{
	const struct kmend_machine *machine = transition->machine;
	struct kmend_report report;

	/* What is for another kernel, or in a chroot, is not in force: the kernel's files in /sys are not its own. */
	if ((transition->release && strcmp(transition->release, machine->release)) || kmend_machine_is_foreign(machine))
		return KMEND_STATUS_OK;
	kmend_report_begin(&report, "undo", false, false, false);
	if (kmend_transition_lock(transition, error))
		return error->status;
	undo_one(transition, id, true, &report);
	if (report.worst != KMEND_STATUS_OK)
		fprintf(stderr, "kmend: the update %s could not be undone, so its package has to stay.\n", id);
	return report.worst;
}

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	KMEND_OPTION_ALL("undo all updates that are in force, the newest first"),
	KMEND_OPTIONS_SWITCH,
	KMEND_OPTIONS_OUTPUT,
	KMEND_OPTIONS_PACKAGE,
	{ 0 },
};

const struct kmend_command kmend_command_undo = {
	.name = "undo",
	.arguments = "[OPTION]... (ID... | --all)",
	.summary = "take a fix out of the running kernel again",
	.description =
		"Reverses updates in the running kernel. Their files are not needed. An update whose package stays\n"
		"installed stays out until the next boot or 'kmend apply'. Exit status: 0 not in force any more,\n"
		"30 busy or 31 refused (it is still in force), 22 unknown.",
	.options = options,
	.run = run,
};

static int run(int argc, char **argv, struct kmend_error *error)
{
	_cleanup_transition_ struct kmend_transition transition = { .lock = -1 };

	if (kmend_transition_begin(&transition, &kmend_command_undo, argc, argv, error))
		return error->status;
	if (transition.all ? transition.nr_operands > 0 : transition.nr_operands == 0) {
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "undo needs ids, or --all");
		return error->status;
	}
	if (transition.from_package)
		return undo_for_package(&transition, transition.operands[0], error);
	if (!kmend_transition_lock(&transition, error))
		undo_operands(&transition, error);
	return error->status;
}
