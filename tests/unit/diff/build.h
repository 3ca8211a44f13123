/* SPDX-License-Identifier: GPL-2.0 */
/* Compile a source of tests/objects three ways, as kmend does with a unit of the kernel. */
#ifndef KMEND_TESTS_DIFF_BUILD_H
#define KMEND_TESTS_DIFF_BUILD_H

#include "core/diff/delta.h"

#define COMPILER "gcc-12"

/* Is the kernel's compiler here? */
bool compiler_is_here(void);

/* The source's text; owned by the caller. */
char *source_text(const char *source);

/*
 * Compile SOURCE (run: -DRUN; post: -DPOST; pre and post split) and difference it. A source that says "no profiling"
 * is compiled without -pg.
 */
int build_delta(const char *source, struct kmend_delta **ret_delta, struct kmend_error *error);
/* The same with nothing changed: post is pre. */
int build_unchanged(const char *source, struct kmend_delta **ret_delta, struct kmend_error *error);

/*
 * Compile SOURCE with types, before and after, into a directory that is there. *ret_pre, *ret_post: new memory, the
 * objects' paths.
 */
int build_types(const char *source, const char *directory, char **ret_pre, char **ret_post, struct kmend_error *error);

#endif
