// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "commands.h"
#include "managing.h"

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	KMEND_OPTIONS_MANAGING,
	{ 0 },
};

const struct kmend_command kmend_command_hold = {
	.name = "hold",
	.arguments = "[OPTION]... ID...",
	.summary = "keep updates as they are, or out",
	.description =
		"Has the package manager keep an update as it is: an installed one is not upgraded or removed by itself, one that is not\ninstalled stays out. 'kmend unhold' ends it. Nothing changes in the running kernel.",
	.options = options,
	.run = run,
};

static int run(int argc, char **argv, struct kmend_error *error)
{
	_cleanup_managing_ struct kmend_managing managing = { 0 };
	int code = kmend_managing_begin(&managing, &kmend_command_hold, argc, argv, true, error);

	if (!code && !managing.nr_operands)
		code = kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "hold needs an update's id");
	if (!code)
		code = kmend_managing_resolve(&managing, error);
	if (!code)
		code = kmend_managing_do(&managing, KMEND_MANAGE_HOLD, "hold", error);
	return code ? (int)error->status : KMEND_STATUS_OK;
}
