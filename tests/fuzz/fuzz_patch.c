// SPDX-License-Identifier: GPL-2.0
/* Any text as a diff: what is accepted lies within the text, and realigning with its hunks does not fail. */
#include <stdlib.h>
#include <string.h>

#include "core/kernel/patch.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_patch_ struct kmend_patch *patch = NULL;
	_cleanup_free_ char *text = kmend_strndup((const char *)data, size);

	if (kmend_patch_parse((const char *)data, size, &patch, NULL) < 0)
		return 0;
	for (size_t i = 0; i < patch->nr_files; i++) {
		const struct kmend_patch_file *file = &patch->files[i];
		_cleanup_free_ char *aligned = kmend_realign(text, file->hunks, file->nr_hunks, "x", NULL);
		_cleanup_free_ char *again = kmend_realign(text, file->hunks, file->nr_hunks, "x", aligned);

		const char *path = kmend_patch_strip(file->old_name, 1);

		if (file->body + file->body_size > size || strlen(aligned) < strlen(text))
			abort();
		if (path && kmend_patch_path_is_safe(path) &&
		    (path[0] == '/' || strstr(path, "/../") || !strncmp(path, "../", 3)))
			abort();
	}
	return 0;
}
