/* SPDX-License-Identifier: GPL-2.0 */
/* A subcommand: one file each, ending in a const descriptor; help, completion and man page agree with it. */
#ifndef KMEND_CLI_COMMAND_H
#define KMEND_CLI_COMMAND_H

#include <getopt.h>
#include <stdbool.h>

#include "../base/error.h"

struct kmend_option {
	const char *name;     /* long name without dashes */
	char letter;	      /* short form, or 0 */
	const char *argument; /* "FILE", or NULL: takes none */
	const char *help;     /* one line */
	bool hidden;	      /* for package scripts, not in --help */
};

struct kmend_command {
	const char *name;
	const char *arguments;		    /* "ID|FILE|--all" */
	const char *summary;		    /* one line */
	const char *description;	    /* paragraph for --help */
	const struct kmend_option *options; /* ends with a NULL name; --help is added by the caller */
	bool hidden;
	/* Returns an enum kmend_status; fills error if not OK (the caller prints it, or as JSON if json_errors was set). */
	int (*run)(int argc, char **argv, struct kmend_error *error);
};

/* All commands, ending with NULL. */
extern const struct kmend_command *const kmend_commands[];

/*
 * Iterate over options as the descriptor lists them: returns the option or NULL at the end (*ret_value: its argument;
 * afterwards *index is the first operand in argv, operands moved behind). On a wrong option: error is filled, and
 * error->status is USAGE.
 */
const struct kmend_option *kmend_next_option(const struct kmend_command *command, int argc, char **argv,
					     const char **ret_value, int *index, struct kmend_error *error);

/* Further members of the JSON of an error, beside "error"; takes the object. */
struct json_object;
void kmend_cli_error_further(struct json_object *members);

/* The command was asked for --json: errors are printed as JSON on standard output too. */
void kmend_cli_set_json(bool json);

/* The exit status tells of the kernel: that the output could not be written is said, but changes nothing of it. */
void kmend_cli_keep_status(void);

#endif
