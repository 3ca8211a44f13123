// SPDX-License-Identifier: GPL-2.0
/*
 * Link one unit by hand, for tests and for a look at what comes out:
 * link-tool UNIT RUN.o PRE.o POST.o Module.symvers OUT.o [BUILD-TREE "MAKE ARGUMENTS" DIRECTORY INCLUDE]
 */
#include <stdio.h>
#include <string.h>

#include "core/link/check.h"
#include "core/link/link.h"

static int complain(const struct kmend_error *error)
{
	fprintf(stderr, "%s\n%s\n", error->message, error->detail);
	return 1;
}

static size_t print_reasons(const struct kmend_reason *reasons, size_t nr_reasons)
{
	for (size_t i = 0; i < nr_reasons; i++)
		fprintf(stderr, "%s: %s\n", reasons[i].code, reasons[i].text);
	return nr_reasons;
}

int main(int argc, char **argv)
{
	struct kmend_object *objects[3] = { NULL };
	struct kmend_exports *exports;
	struct kmend_link_result result;
	struct kmend_error error = { 0 };
	struct kmend_delta *delta;
	struct kmend_link_input input = {
		.id = getenv("KMEND_TEST_ID") ? getenv("KMEND_TEST_ID") : "test-1",
		.description = "a test update",
		.release = "6.1.0-50-amd64",
		.version = "6.1.176-1",
		.deltas = &delta,
		.nr_deltas = 1,
		.matches_all = getenv("KMEND_TEST_ALL") != NULL,
	};
	char *path;

	if (argc != 7 && argc != 11) {
		fprintf(stderr, "usage: %s UNIT RUN PRE POST SYMVERS OUT [TREE ARGUMENTS DIRECTORY INCLUDE]\n",
			argv[0]);
		return 64;
	}
	for (size_t i = 0; i < 3; i++) {
		if (kmend_object_read(argv[2 + i], &objects[i], &error) < 0)
			return complain(&error);
	}
	if (kmend_exports_read(argv[5], &exports, &error) < 0 ||
	    kmend_delta_make(argv[1], objects[0], objects[1], objects[2], KMEND_UNIT_HAS_PROFILING_CALLS, &delta,
			     &error) < 0)
		return complain(&error);
	if (print_reasons(delta->reasons, delta->nr_reasons))
		return 2;
	input.exports = exports;
	for (size_t i = 0; i < delta->nr_items; i++) {
		if (delta->items[i].change != KMEND_CHANGE_SAME)
			printf("%s: %d %s\n", delta->items[i].name, delta->items[i].change,
			       delta->items[i].why ? delta->items[i].why : "");
	}
	if (kmend_link_object(&input, argv[6], &result, &error) < 0)
		return complain(&error);
	if (print_reasons(result.reasons, result.nr_reasons))
		return 2;
	printf("escapes: %d\n", result.escapes);
	if (argc == 11) {
		if (kmend_link_module(&input, &result, argv[6], argv[7], argv[8], argv[9], argv[10], &path, &error) < 0)
			return complain(&error);
		printf("%s\n", path);
		if (kmend_check_module(path, &delta, 1, &error) < 0)
			return complain(&error);
		free(path);
	}
	kmend_link_result_free(&result);
	kmend_delta_free(delta);
	kmend_exports_free(exports);
	return 0;
}
