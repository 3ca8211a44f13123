// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "commands.h"
#include "managing.h"

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	KMEND_OPTIONS_MANAGING,
	{ 0 },
};

const struct kmend_command kmend_command_unhold = {
	.name = "unhold",
	.arguments = "[OPTION]... ID...",
	.summary = "end what hold began",
	.description = "Has the package manager treat the updates as any other package again.",
	.options = options,
	.run = run,
};

static int run(int argc, char **argv, struct kmend_error *error)
{
	_cleanup_managing_ struct kmend_managing managing = { 0 };
	int code = kmend_managing_begin(&managing, &kmend_command_unhold, argc, argv, true, error);

	if (!code && !managing.nr_operands)
		code = kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "unhold needs an update's id");
	if (!code)
		code = kmend_managing_resolve(&managing, error);
	if (!code)
		code = kmend_managing_do(&managing, KMEND_MANAGE_UNHOLD, "unhold", error);
	return code ? (int)error->status : KMEND_STATUS_OK;
}
