// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../apply/settings.h"
#include "../base/file.h"
#include "commands.h"
#include "managing.h"

static int run(int argc, char **argv, struct kmend_error *error);

#define SEEN_LIMIT 512 /* bytes of a note on when a package was seen */

static const struct kmend_option options[] = {
	{ "all", 'a', NULL, "also those that were removed on purpose" },
	{ "auto", 0, NULL, "only if kmend.conf says autoinstall=yes, and only what has been published long enough" },
	KMEND_OPTIONS_MANAGING,
	{ 0 },
};

const struct kmend_command kmend_command_upgrade = {
	.name = "upgrade",
	.arguments = "[OPTION]...",
	.summary = "install all updates that there are for the running kernel",
	.description =
		"Installs every update that the package sources have for the running kernel, and newer versions of installed ones,\n"
		"through the package manager; installing one applies it. What was removed on purpose stays out, unless --all is\n"
		"given; what is held is left alone. Run 'apt update' (or the like) first to learn of new ones.",
	.options = options,
	.run = run,
};

/* Removed on purpose: the record of its package's removal is there until it is purged. */
static bool was_removed(const struct kmend_managing *managing, const char *package)
{
	_cleanup_strv_ struct kmend_strv ids = { 0 };
	bool removed = false;

	kmend_record_list(managing->machine->paths.record, &ids, NULL);
	for (size_t i = 0; i < ids.count && !removed; i++) {
		struct kmend_record *record = NULL;

		if (kmend_record_read(managing->machine->paths.record, ids.items[i], &record, NULL))
			continue;
		removed = !strcmp(record->package, package) && record->state == KMEND_RECORD_REVERSED;
		kmend_record_free(record);
	}
	return removed;
}

/*
 * When a package was first seen in this version: a file for each, "SECONDS VERSION", so that a delay can be kept. A clock
 * that was wrong then must not keep it out for ever.
 */
static bool is_old_enough(const struct kmend_managing *managing, const char *package, const char *version,
			  unsigned int days)
{
	_cleanup_free_ char *directory = kmend_path(managing->machine->paths.state, "seen");
	_cleanup_free_ char *path = kmend_path(directory, package), *text = NULL;
	long long now = time(NULL), seen = 0;
	_cleanup_free_ char *note = kmend_format("%lld %s\n", now, version);
	bool known;

	if (!days)
		return true;
	known = !kmend_file_read(path, SEEN_LIMIT, &text, NULL, NULL) && strchr(text, ' ') &&
		!strcmp(strchr(text, ' '), strchr(note, ' '));
	if (known)
		seen = strtoll(text, NULL, 10);
	if (known && seen <= now)
		return now - seen >= (long long)days * 86400;
	if (!kmend_mkdir_parents(directory, 0755, NULL))
		kmend_file_write_atomic(path, note, strlen(note), 0644, NULL);
	return false;
}

static int collect(struct kmend_managing *managing, unsigned int days, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv installed = { 0 }, held = { 0 }, lines = { 0 };
	int code = kmend_managing_installed(managing, &installed, error);

	if (!code)
		code = managing->plugin->installed_updates(&lines, error);
	if (!code && managing->plugin->held)
		code = managing->plugin->held(&held, error);
	for (size_t i = 0; i < managing->lacking.available.count && !code; i++) {
		const char *line = managing->lacking.available.items[i], *blank = strchr(line, ' ');
		_cleanup_free_ char *package = blank ? kmend_strndup(line, blank - line) : NULL;
		bool newest = false;

		if (!package || kmend_strv_has(&held, package))
			continue;
		/* "RELEASE ID PACKAGE VERSION": there already, in this version */
		for (size_t j = 0; j < lines.count; j++) {
			const char *found = strstr(lines.items[j], line);

			newest |= found && found[-1] == ' ' && !found[strlen(line)];
		}
		if (newest ||
		    (!managing->all && !kmend_strv_has(&installed, package) && was_removed(managing, package)))
			continue;
		if (!managing->automatic || is_old_enough(managing, package, blank + 1, days))
			kmend_strv_add(&managing->packages, package);
	}
	return code;
}

static int run(int argc, char **argv, struct kmend_error *error)
{
	_cleanup_managing_ struct kmend_managing managing = { 0 };
	struct kmend_settings settings;
	int code = kmend_managing_begin(&managing, &kmend_command_upgrade, argc, argv, true, error);

	if (!code && managing.nr_operands)
		code = kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL,
				  "upgrade takes no operands; 'kmend install' takes updates' ids");
	if (!code)
		code = kmend_settings_read(managing.machine, &settings, error);
	if (!code && managing.automatic && !settings.autoinstall)
		return KMEND_STATUS_OK;
	if (!code && managing.automatic)
		managing.yes = true;
	if (!code)
		code = collect(&managing, settings.delay, error);
	if (!code)
		code = kmend_managing_do(&managing, KMEND_MANAGE_INSTALL, "install", error);
	return code ? (int)error->status : KMEND_STATUS_OK;
}
