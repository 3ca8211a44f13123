/* SPDX-License-Identifier: GPL-2.0 */
/* The list of commands: one row each, in the order of --help. */
#ifndef KMEND_CLI_COMMANDS_H
#define KMEND_CLI_COMMANDS_H

#include "command.h"

extern const struct kmend_command kmend_command_version;

#endif
