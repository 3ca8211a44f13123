/* SPDX-License-Identifier: GPL-2.0 */
/* Calling kbuild in a tree, and the command lines it saves. For core/kernel and core/reach. */
#ifndef KMEND_KERNEL_KBUILD_H
#define KMEND_KERNEL_KBUILD_H

#include "tree.h"

/*
 * Run make in the tree with further arguments (NULL-terminated). What it says is added to `output` (may be NULL).
 * Returns make's exit status, or a negative errno with error filled if it could not be started.
 */
int kmend_kbuild_run(const struct kmend_tree *tree, const char *const *arguments, unsigned int jobs,
		     struct kmend_progress *progress, const char *what, struct kmend_buffer *output,
		     struct kmend_error *error);

/* What kbuild says of a source file that it can compile. */
struct kmend_kbuild_answer {
	bool builtin;		   /* an object of vmlinux is made of it */
	bool is_program;	   /* of a program that makes something for the kernel, or that it carries */
	struct kmend_strv modules; /* the modules its object is linked into: "net/netfilter/nf_tables.o"; owned */
};

/*
 * Ask kbuild about .c or .S files (source paths): its own makefiles are read down to their directories, so nothing is
 * concluded from a copy of their rules. Answers are kept in the tree.
 * ret_answers: one per path, zeroed by the caller, who frees their lists (also on failure).
 */
int kmend_kbuild_ask(const struct kmend_tree *tree, const struct kmend_strv *paths,
		     struct kmend_kbuild_answer *ret_answers, struct kmend_error *error);

/* Write the tree's list of .c files that other files include: one pass over the source, instead of one per diff. */
int kmend_tree_list_includes(const struct kmend_tree *tree, struct kmend_error *error);

/* A unit's saved command, taken apart. */
struct kmend_unit_command {
	struct kmend_strv compile; /* the compiler's words */
	struct kmend_strv check;   /* objtool's words; none if kbuild does not run it on this unit */
	char *object;		   /* the object's name in both */
	char *source;		   /* the source's name in compile */
	char *text;		   /* the saved file as it is: command and dependencies */
};
void kmend_unit_command_free(struct kmend_unit_command *command);
KMEND_DEFINE_GUARD(struct kmend_unit_command *, kmend_unit_command_free, kmend_unit_command_guard);
#define _cleanup_unit_command_ _cleanup_(kmend_unit_command_guard)

/* Take the text of a saved .NAME.o.cmd file apart. -EINVAL: it is not of the kind that can be run again. */
int kmend_unit_command_parse(const char *text, const char *unit, struct kmend_unit_command **ret_command,
			     struct kmend_error *error);

/*
 * Split a shell command line into its simple commands' words, as sh does. Commands are separated by ';' only; anything
 * that needs a shell to be understood ($ ` | & < > ( ) * ? ~) gives -EINVAL.
 * Each command is added to *ret_commands (array, owned; count in *ret_count).
 */
int kmend_words_split(const char *text, struct kmend_strv **ret_commands, size_t *ret_count);
void kmend_words_free(struct kmend_strv *commands, size_t count);

/* "net/unix/af_unix.c" with prefix ".", suffix ".cmd": "net/unix/.af_unix.o.cmd". New memory. */
char *kmend_unit_file(const char *unit, const char *prefix, const char *suffix);

#endif
