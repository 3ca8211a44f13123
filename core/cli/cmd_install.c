// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "commands.h"
#include "managing.h"

static int run(int argc, char **argv, struct kmend_error *error);

static const struct kmend_option options[] = {
	KMEND_OPTIONS_MANAGING,
	{ 0 },
};

const struct kmend_command kmend_command_install = {
	.name = "install",
	.arguments = "[OPTION]... ID...",
	.summary = "install updates, which fixes the running kernel",
	.description =
		"Installs the packages of updates, through the package manager; installing one applies it. ID is an update's id, a CVE,\nor a package's name.",
	.options = options,
	.run = run,
};

static int run(int argc, char **argv, struct kmend_error *error)
{
	_cleanup_managing_ struct kmend_managing managing = { 0 };
	int code = kmend_managing_begin(&managing, &kmend_command_install, argc, argv, true, error);

	if (!code && !managing.nr_operands)
		code = kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "install needs an update's id");
	if (!code)
		code = kmend_managing_resolve(&managing, error);
	if (!code)
		code = kmend_managing_do(&managing, KMEND_MANAGE_INSTALL, "install", error);
	return code ? (int)error->status : KMEND_STATUS_OK;
}
