/* SPDX-License-Identifier: GPL-2.0 */
/* What upgrade, install, remove, hold and unhold share: they name updates, and have the package manager do the work. */
#ifndef KMEND_CLI_MANAGING_H
#define KMEND_CLI_MANAGING_H

#include <kmend/plugin.h>

#include "command.h"
#include "standing.h"

/* Options of all of them. Zero-initialise; kmend_managing_end(). */
struct kmend_managing {
	bool all;
	bool automatic;
	bool dry_run;
	bool yes;
	bool json;
	struct kmend_machine *machine;
	const struct kmend_plugin *plugin;
	struct kmend_lacking lacking;
	struct kmend_strv packages;
	char **operands;
	int nr_operands;
};

#define KMEND_OPTIONS_MANAGING                                                                                    \
	{ "dry-run", 'n', NULL, "tell what would be done, change nothing" }, { "yes", 'y', NULL, "ask nothing" }, \
	{                                                                                                         \
		"json", 0, NULL, "tell what is meant as JSON first"                                               \
	}

/* Options, machine, plugin; `with_errata`: what the kernel lacks, too. */
int kmend_managing_begin(struct kmend_managing *managing, const struct kmend_command *command, int argc, char **argv,
			 bool with_errata, struct kmend_error *error);
void kmend_managing_end(struct kmend_managing *managing);
#define _cleanup_managing_ _cleanup_(kmend_managing_end)

/* Packages that the operands name: updates' ids, CVEs, or packages. UNKNOWN_ID if one is none. */
int kmend_managing_resolve(struct kmend_managing *managing, struct kmend_error *error);

/* Tell what is meant, ask if a person is there, and have it done. Nothing to do is success. */
int kmend_managing_do(struct kmend_managing *managing, enum kmend_manage_verb verb, const char *word,
		      struct kmend_error *error);

/* Hotpatch packages of the running kernel that dpkg or rpm has. */
int kmend_managing_installed(struct kmend_managing *managing, struct kmend_strv *ret_packages,
			     struct kmend_error *error);

#endif
