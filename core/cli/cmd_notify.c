// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../apply/settings.h"
#include "../base/child.h"
#include "commands.h"
#include "report.h"
#include "standing.h"
#include "transition.h"

static int run(int argc, char **argv, struct kmend_error *error);

#define MOST_LISTED 8

static const struct kmend_option options[] = {
	{ "dry-run", 'n', NULL, "print what would be shown" },
	{ 0 },
};

const struct kmend_command kmend_command_notify = {
	.name = "notify",
	.arguments = "[OPTION]...",
	.summary = "tell the desktop's user of updates that can be installed",
	.description =
		"Shows a notification (org.freedesktop.Notifications, through notify-send) that lists the updates that can be\n"
		"installed, with a button that installs all of them; the rights for that are asked for by pkexec. Nothing is shown\n"
		"if there is none, or if kmend.conf says notify=no. Called when a user logs in.",
	.options = options,
	.run = run,
};

static size_t list(const struct kmend_lacking *lacking, struct kmend_buffer *body)
{
	size_t count = 0;

	for (size_t i = 0; i < lacking->errata.nr_changes; i++) {
		const struct kmend_piece *change = &lacking->errata.changes[i];

		if (!change->cves.count ||
		    kmend_standing_of(lacking, change->cves.items[0], NULL) != KMEND_STANDING_AVAILABLE)
			continue;
		if (count++ < MOST_LISTED) {
			/* The body is markup. */
			for (const char *c = change->subject; *c; c++)
				if (*c == '<' || *c == '>' || *c == '&')
					kmend_buffer_addf(body, *c == '<' ? "&lt;" : *c == '>' ? "&gt;" : "&amp;");
				else
					kmend_buffer_add(body, c, 1);
			kmend_buffer_addf(body, " (%s)\n", change->cves.items[0]);
		}
	}
	if (count > MOST_LISTED)
		kmend_buffer_addf(body, "and %zu more", count - MOST_LISTED);
	return count;
}

static int show(const char *summary, const char *body, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer answer = { 0 };
	struct kmend_child child = {
		.argv = (const char *const[]){ "notify-send", "--app-name=kmend", "--urgency=normal",
					       "--icon=security-medium", "--category=device", "--wait",
					       "--action=install=Install all", "--", summary, body, NULL },
		.output = &answer,
	};
	struct kmend_child upgrade = { .argv = (const char *const[]){ "pkexec", "kmend", "upgrade", "--yes", NULL } };
	int status = kmend_child_run(&child, error);

	if (status < 0) {
		kmend_advise(error, "Install libnotify-bin.");
		return status;
	}
	if (status)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "there is no desktop to notify");
	return answer.data && kmend_starts_with(answer.data, "install") ? kmend_child_check(&upgrade, error) : 0;
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	_cleanup_machine_ struct kmend_machine *machine = NULL;
	_cleanup_lacking_ struct kmend_lacking lacking = { 0 };
	struct kmend_lacking_request request = { .local = true };
	_cleanup_buffer_ struct kmend_buffer body = { 0 };
	_cleanup_free_ char *summary = NULL;
	const struct kmend_option *option;
	struct kmend_settings settings;
	const char *value;
	bool dry_run = false;
	int index = 1;
	size_t count;

	while ((option = kmend_next_option(&kmend_command_notify, argc, argv, &value, &index, error)))
		dry_run |= !strcmp(option->name, "dry-run");
	if (!error->status && index < argc)
		kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "notify takes no operands");
	if (error->status || kmend_cli_machine(&machine, error) || kmend_settings_read(machine, &settings, error) ||
	    kmend_lacking_read(machine, &request, &lacking, error))
		return error->status;
	count = list(&lacking, &body);
	if (!count || !settings.notify)
		return KMEND_STATUS_OK;
	summary = kmend_format("%zu kernel security fix%s can be installed without a reboot", count,
			       count == 1 ? "" : "es");
	if (dry_run)
		printf("%s\n%s", summary, body.data);
	else
		show(summary, body.data, error);
	return error->status;
}
