// SPDX-License-Identifier: GPL-2.0
/* Every source for differencing and linking, with nothing changed and every function replaced: see relink.h. */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "../diff/build.h"
#include "core/base/file.h"
#include "relink.h"
#include "tap.h"

static const char symvers[] = "0x00000000\texported\tvmlinux\tEXPORT_SYMBOL\t\n"
			      "0x00000000\t__fentry__\tvmlinux\tEXPORT_SYMBOL\t\n"
			      "0x00000000\t__x86_return_thunk\tvmlinux\tEXPORT_SYMBOL\t\n";

static void test_source(const char *source, const char *name, const struct kmend_exports *exports, size_t *fields)
{
	_cleanup_delta_ struct kmend_delta *delta = NULL;
	struct kmend_error error = { 0 };
	struct relink_count count;

	if (build_unchanged(source, &delta, &error) < 0) {
		tap_ok(false, "%s: compiles: %s %s", name, error.message, error.detail);
		return;
	}
	/* A source that shows what cannot be linked cannot be linked here, either. */
	if (relink(delta, exports, &count, &error) == -EOPNOTSUPP)
		return;
	tap_ok(!error.message[0] && !count.wrong, "%s: %zu of %zu fields lead where the running code's lead %s", name,
	       count.fields - count.wrong, count.fields, error.message);
	*fields += count.fields;
}

static int is_source(const struct dirent *entry)
{
	return kmend_ends_with(entry->d_name, ".c");
}

int main(int argc, char **argv)
{
	_cleanup_free_ char *directory = NULL, *table = NULL;
	struct kmend_exports *exports = NULL;
	size_t fields = 0;

	if (!compiler_is_here()) {
		printf("1..0 # SKIP no " COMPILER "\n");
		return 0;
	}
	if (kmend_temporary_directory("kmend-test", &directory, NULL) < 0)
		return 2;
	table = kmend_path(directory, "Module.symvers");
	if (kmend_file_write_atomic(table, symvers, sizeof(symvers) - 1, 0644, NULL) < 0 ||
	    kmend_exports_read(table, &exports, NULL) < 0)
		return 2;
	for (int i = 1; i < argc; i++) {
		struct dirent **entries;
		int count = scandir(argv[i], &entries, is_source, alphasort);

		for (int j = 0; j < count; j++) {
			_cleanup_free_ char *source = kmend_path(argv[i], entries[j]->d_name);

			test_source(source, entries[j]->d_name, exports, &fields);
			free(entries[j]);
		}
		free(entries);
	}
	tap_ok(fields > 100, "%zu fields were compared", fields);
	kmend_exports_free(exports);
	kmend_remove_tree(directory, NULL);
	return tap_done();
}
