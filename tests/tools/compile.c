// SPDX-License-Identifier: GPL-2.0
/*
 * compile RELEASE OBJECT...: have kbuild make objects anew in the prepared tree of a kernel, two at a time, as kmend does.
 * Prints kbuild's words.
 */
#include <stdio.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/kernel/kbuild.h"

int main(int argc, char **argv)
{
	struct kmend_kernel_request request = { .release = argc > 1 ? argv[1] : NULL };
	_cleanup_free_ char *cache = kmend_cache_directory();
	struct kmend_progress *progress = kmend_progress_new(NULL);
	_cleanup_buffer_ struct kmend_buffer output = { 0 };
	_cleanup_close_ int lock = -1;
	struct kmend_kernel_build *kernel;
	struct kmend_error error = { 0 };
	struct kmend_tree *tree;
	int code;

	if (argc < 3)
		return fprintf(stderr, "usage: %s RELEASE OBJECT...\n", argv[0]), 64;
	if (kmend_kernel_identify(&request, cache, progress, &kernel, &error) ||
	    kmend_tree_prepare(kernel, cache, 2, progress, &tree, &error) || kmend_tree_lock(tree, &lock, &error))
		return fprintf(stderr, "%s\n", error.message), 1;
	for (int i = 2; i < argc; i++) {
		_cleanup_free_ char *object = kmend_path(tree->build, argv[i]);

		unlink(object);
	}
	code = kmend_kbuild_run(tree, (const char *const *)argv + 2, 2, NULL, "compiling", &output, &error);
	printf("%s", output.data ? output.data : "");
	return code ? 1 : 0;
}
