// SPDX-License-Identifier: GPL-2.0
/* Plugins that are not there, or are none: NO_PLUGIN, each with words of its own. */
#include <stdlib.h>
#include <string.h>

#include <kmend/plugin.h>

#include "core/base/file.h"
#include "tap.h"

static void refused(const char *what, const char *format, const char *words)
{
	const struct kmend_plugin *plugin = NULL;
	struct kmend_error error = { 0 };

	ok(kmend_plugin_load(format, &plugin, &error) < 0 && !plugin && error.status == KMEND_STATUS_NO_PLUGIN &&
		   strstr(error.message, words),
	   "%s: %s", what, error.message);
}

int main(void)
{
	_cleanup_free_ char *directory = NULL, *path = NULL;

	if (kmend_temporary_directory("kmend-test-plugin", &directory, NULL))
		return 1;
	path = kmend_path(directory, "kmend-rpm.so");
	setenv("KMEND_PLUGIN_PATH", directory, 1);
	refused("an unknown format", "snap", "no plugin knows");
	if (!kmend_file_write_atomic(path, "text", 4, 0644, NULL))
		refused("a file that is no plugin", "rpm", "cannot load");
	kmend_kernel_build_free(NULL);
	kmend_remove_tree(directory, NULL);
	return done_testing();
}
