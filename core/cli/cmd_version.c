// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include <kmend/abi.h>

#include "commands.h"
#include "config.h"

static int run(int argc, char **argv, struct kmend_error *error)
{
	(void)argc;
	(void)argv;
	(void)error;
	printf("kmend %s (update module interface %d)\n", KMEND_VERSION, KMEND_ABI_VERSION);
	return KMEND_STATUS_OK;
}

const struct kmend_command kmend_command_version = {
	.name = "version",
	.arguments = "",
	.summary = "show the version",
	.description = "Shows the version of kmend and of the interface between update modules and the kernel module.",
	.run = run,
};
