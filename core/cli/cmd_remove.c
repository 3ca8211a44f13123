// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "commands.h"
#include "managing.h"

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	{ "all", 'a', NULL, "remove all updates of the running kernel" },
	KMEND_OPTIONS_MANAGING,
	{ 0 },
};

const struct kmend_command kmend_command_remove = {
	.name = "remove",
	.arguments = "[OPTION]... (ID... | --all)",
	.summary = "remove updates, which takes their fixes out of the running kernel",
	.description =
		"Removes the packages of updates, through the package manager; removing one reverses it. If the kernel cannot be\n"
		"changed back now, the package stays. A removed update stays removed: upgrades do not bring it back.",
	.options = options,
	.run = run,
};

static int run(int argc, char **argv, struct kmend_error *error)
{
	_cleanup_managing_ struct kmend_managing managing = { 0 };
	int code = kmend_managing_begin(&managing, &kmend_command_remove, argc, argv, true, error);

	if (!code && managing.all != !managing.nr_operands)
		code = kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "remove needs updates' ids, or --all");
	if (!code)
		code = managing.all ? kmend_managing_installed(&managing, &managing.packages, error)
				    : kmend_managing_resolve(&managing, error);
	if (!code)
		code = kmend_managing_do(&managing, KMEND_MANAGE_REMOVE, "remove", error);
	return code ? (int)error->status : KMEND_STATUS_OK;
}
