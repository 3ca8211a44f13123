// SPDX-License-Identifier: GPL-2.0
#include "build.h"

#include <string.h>

#include "core/base/child.h"
#include "core/base/file.h"

/* The kernel's flags, as far as they bear on code. */
#define FLAGS                                                                                                    \
	"-w", "-O2", "-std=gnu11", "-ffreestanding", "-mcmodel=kernel", "-fno-PIE", "-mno-red-zone", "-mno-sse", \
		"-mno-mmx", "-fno-asynchronous-unwind-tables", "-fcf-protection=none", "-fno-strict-aliasing",   \
		"-fno-common", "-fno-jump-tables", "-fno-delete-null-pointer-checks", "-fno-stack-protector",    \
		"-fconserve-stack", "-mindirect-branch=thunk-extern", "-mindirect-branch-register",              \
		"-mfunction-return=thunk-extern", "-falign-functions=16", "-c"
#define PROFILING "-pg", "-mrecord-mcount", "-mfentry"
#define SPLIT "-ffunction-sections", "-fdata-sections"

bool compiler_is_here(void)
{
	const char *const argv[] = { COMPILER, "--version", NULL };
	const struct kmend_child child = { .argv = argv };

	return kmend_child_run(&child, NULL) == 0;
}

char *source_text(const char *source)
{
	char *text = NULL;
	size_t size;

	return kmend_file_read(source, 1 << 20, &text, &size, NULL) < 0 ? NULL : text;
}

static int compile(const char *const argv[], const char *path, struct kmend_object **ret_object,
		   struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer errors = { 0 };
	struct kmend_child child = { .argv = argv, .errors = &errors };
	int r;

	r = kmend_child_check(&child, error);
	return r < 0 ? r : kmend_object_read(path, ret_object, error);
}

static int build_in(const char *directory, const char *source, const char *post_define, bool has_profiling_calls,
		    struct kmend_delta **ret_delta, struct kmend_error *error)
{
	_cleanup_free_ char *run = kmend_path(directory, "run.o"), *pre = kmend_path(directory, "pre.o");
	_cleanup_free_ char *post = kmend_path(directory, "post.o");
	/* -pg comes last, where it can be left out. */
	const char *run_argv[] = { COMPILER, FLAGS, "-DRUN", "-o", run, source, PROFILING, NULL };
	const char *pre_argv[] = { COMPILER, FLAGS, SPLIT, "-o", pre, source, PROFILING, NULL };
	const char *post_argv[] = { COMPILER, FLAGS, SPLIT, post_define, "-o", post, source, PROFILING, NULL };
	struct kmend_object *objects[3] = { NULL };
	unsigned int how = 0;
	int r;

	if (!has_profiling_calls) {
		run_argv[KMEND_ARRAY_SIZE(run_argv) - 4] = NULL;
		pre_argv[KMEND_ARRAY_SIZE(pre_argv) - 4] = NULL;
		post_argv[KMEND_ARRAY_SIZE(post_argv) - 4] = NULL;
	}
	r = compile(run_argv, run, &objects[0], error);
	if (!r)
		r = compile(pre_argv, pre, &objects[1], error);
	if (!r)
		r = compile(post_argv, post, &objects[2], error);
	if (r < 0) {
		kmend_object_free(objects[0]);
		kmend_object_free(objects[1]);
		kmend_object_free(objects[2]);
		return r;
	}
	if (has_profiling_calls)
		how |= KMEND_UNIT_HAS_PROFILING_CALLS;
	/* The sources of modules are told by their names. */
	if (strstr(source, "/module_"))
		how |= KMEND_UNIT_IS_OF_MODULE;
	return kmend_delta_make(source, objects[0], objects[1], objects[2], how, ret_delta, error);
}

static int build(const char *source, const char *post_define, struct kmend_delta **ret_delta, struct kmend_error *error)
{
	_cleanup_free_ char *directory = NULL, *text = source_text(source);
	int r;

	r = kmend_temporary_directory("kmend-test", &directory, error);
	if (r < 0)
		return r;
	r = build_in(directory, source, post_define, !text || !strstr(text, "no profiling"), ret_delta, error);
	kmend_remove_tree(directory, NULL);
	return r;
}

int build_delta(const char *source, struct kmend_delta **ret_delta, struct kmend_error *error)
{
	return build(source, "-DPOST", ret_delta, error);
}

int build_unchanged(const char *source, struct kmend_delta **ret_delta, struct kmend_error *error)
{
	return build(source, "-DPRE", ret_delta, error);
}

int build_types(const char *source, const char *directory, char **ret_pre, char **ret_post, struct kmend_error *error)
{
	_cleanup_free_ char *pre = kmend_path(directory, "types-pre.o"), *post = kmend_path(directory, "types-post.o");
	_cleanup_free_ char *pre_text = kmend_format("-fdump-tree-original=%s.original", pre);
	_cleanup_free_ char *post_text = kmend_format("-fdump-tree-original=%s.original", post);
	const char *const pre_argv[] = { COMPILER, FLAGS, "-g", pre_text, "-o", pre, source, NULL };
	const char *const post_argv[] = { COMPILER, FLAGS, "-g", post_text, "-DPOST", "-o", post, source, NULL };
	struct kmend_child children[] = { { .argv = pre_argv }, { .argv = post_argv } };
	int r = kmend_child_check(&children[0], error);

	if (!r)
		r = kmend_child_check(&children[1], error);
	if (r < 0)
		return r;
	*ret_pre = kmend_steal(pre);
	*ret_post = kmend_steal(post);
	return 0;
}
