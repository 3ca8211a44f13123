/* SPDX-License-Identifier: GPL-2.0 */
/* What apply, undo and reconcile share: options, machine, lock, signals. */
#ifndef KMEND_CLI_TRANSITION_H
#define KMEND_CLI_TRANSITION_H

#include "command.h"
#include "report.h"

/* Options of apply, undo and reconcile, and what running them needs. Zero-initialise; kmend_transition_end(). */
struct kmend_transition {
	bool all;
	bool json;
	bool quiet;
	bool from_package;
	bool settle;
	const char *release; /* of --from-package, or NULL */
	struct kmend_apply_options apply;
	char **operands;
	int nr_operands;
	struct kmend_machine *machine;
	int lock;
};

/* The options' rows, for the descriptors. */
#define KMEND_OPTION_ALL(what)                             \
	{                                                  \
		.name = "all", .letter = 'a', .help = what \
	}
#define KMEND_OPTIONS_SWITCH                                                                                    \
	{ .name = "dry-run", .letter = 'n', .help = "match and check, change nothing" },                        \
		{ .name = "retries", .argument = "N", .help = "how often to try again when busy (default 5)" }, \
	{                                                                                                       \
		.name = "timeout", .argument = "SECONDS", .help = "begin no further try after that long"        \
	}
#define KMEND_OPTIONS_OUTPUT                                                      \
	{ .name = "json", .help = "tell the result as JSON on standard output" }, \
	{                                                                         \
		.name = "quiet", .letter = 'q', .help = "tell errors only"        \
	}
#define KMEND_OPTIONS_PACKAGE                                                                                     \
	{ .name = "from-package", .help = "called by a package's script", .hidden = true },                       \
	{                                                                                                         \
		.name = "release", .argument = "RELEASE", .help = "the kernel the package is for", .hidden = true \
	}

/* Read options and operands; learn about the machine. USAGE on a wrong one. */
int kmend_transition_begin(struct kmend_transition *transition, const struct kmend_command *command, int argc,
			   char **argv, struct kmend_error *error);

/* Become the one run that changes the kernel: root, lock, signals, progress on standard error. */
int kmend_transition_lock(struct kmend_transition *transition, struct kmend_error *error);
/* Was the run told to end? Then `error` says that the rest was not done. */
bool kmend_transition_is_cancelled(struct kmend_error *error);
void kmend_transition_end(struct kmend_transition *transition);
#define _cleanup_transition_ _cleanup_(kmend_transition_end)

/* The machine; below $KMEND_TEST_ROOT if a test set it (then nothing is ever loaded into a kernel). */
int kmend_cli_machine(struct kmend_machine **ret_machine, struct kmend_error *error);

#endif
