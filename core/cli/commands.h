/* SPDX-License-Identifier: GPL-2.0 */
/* The list of commands: one row each, in the order of --help. */
#ifndef KMEND_CLI_COMMANDS_H
#define KMEND_CLI_COMMANDS_H

#include "command.h"

extern const struct kmend_command kmend_command_assess;
extern const struct kmend_command kmend_command_create;
extern const struct kmend_command kmend_command_verify;
extern const struct kmend_command kmend_command_package;
extern const struct kmend_command kmend_command_apply;
extern const struct kmend_command kmend_command_undo;
extern const struct kmend_command kmend_command_view;
extern const struct kmend_command kmend_command_status;
extern const struct kmend_command kmend_command_reconcile;
extern const struct kmend_command kmend_command_upgrade;
extern const struct kmend_command kmend_command_install;
extern const struct kmend_command kmend_command_remove;
extern const struct kmend_command kmend_command_show;
extern const struct kmend_command kmend_command_hold;
extern const struct kmend_command kmend_command_unhold;
extern const struct kmend_command kmend_command_uname;
extern const struct kmend_command kmend_command_check;
extern const struct kmend_command kmend_command_log;
extern const struct kmend_command kmend_command_notify;
extern const struct kmend_command kmend_command_errata;
extern const struct kmend_command kmend_command_plan;
extern const struct kmend_command kmend_command_build;
extern const struct kmend_command kmend_command_version;

#endif
