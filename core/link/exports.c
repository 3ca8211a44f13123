// SPDX-License-Identifier: GPL-2.0
/* What vmlinux exports to modules: Module.symvers, one line each: CRC, symbol, module, type, namespace. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "link.h"

#define SYMVERS_LIMIT (64u << 20)

struct export
{
	const char *name;
	const char *namespace;
};

struct kmend_exports {
	char *text; /* the file, its separators turned into NULs; what the entries point into */
	struct export *entries;
	size_t nr_entries;
};

static int compare_exports(const void *a, const void *b)
{
	return strcmp(((const struct export *)a)->name, ((const struct export *)b)->name);
}

static int parse(struct kmend_exports *exports, const char *path, struct kmend_error *error)
{
	char *line, *rest = exports->text, *field[5];
	size_t number = 0, i;
	struct export *entry;

	while ((line = strsep(&rest, "\n"))) {
		number++;
		if (!*line)
			continue;
		for (i = 0; i < KMEND_ARRAY_SIZE(field); i++)
			field[i] = strsep(&line, "\t");
		if (!field[3])
			return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL,
					  "%s, line %zu: not a line of Module.symvers", path, number);
		if (strcmp(field[2], "vmlinux"))
			continue;
		entry = kmend_array_add(exports->entries, exports->nr_entries);
		entry->name = field[1];
		entry->namespace = field[4] ? field[4] : "";
	}
	if (!exports->nr_entries)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL, "%s has no symbol of vmlinux", path);
	qsort(exports->entries, exports->nr_entries, sizeof(*exports->entries), compare_exports);
	return 0;
}

int kmend_exports_read(const char *path, struct kmend_exports **ret_exports, struct kmend_error *error)
{
	struct kmend_exports *exports = kmend_calloc(1, sizeof(*exports));
	size_t size;
	int ret = kmend_file_read(path, SYMVERS_LIMIT, &exports->text, &size, error);

	if (!ret)
		ret = parse(exports, path, error);
	if (ret) {
		kmend_exports_free(exports);
		return ret;
	}
	*ret_exports = exports;
	return 0;
}

void kmend_exports_free(struct kmend_exports *exports)
{
	if (!exports)
		return;
	free(exports->text);
	free(exports->entries);
	free(exports);
}

bool kmend_exports_has(const struct kmend_exports *exports, const char *symbol, const char **ret_namespace)
{
	const struct export key = { .name = symbol };
	const struct export *found = bsearch(&key, exports->entries, exports->nr_entries, sizeof(key), compare_exports);

	if (!found)
		return false;
	if (ret_namespace)
		*ret_namespace = found->namespace;
	return true;
}
