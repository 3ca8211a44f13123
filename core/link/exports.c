// SPDX-License-Identifier: GPL-2.0
/* What vmlinux and modules export: Module.symvers, one line each: CRC, symbol, module, type, namespace. */
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
	const char *owner;
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

/* "fs/ext4/ext4" as the kernel names the module; in place. */
static const char *module_name(char *path)
{
	char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (char *c = name; *c; c++)
		if (*c == '-' || *c == ',')
			*c = '_';
	return name;
}

static int parse(struct kmend_exports *exports, const char *path, struct kmend_error *error)
{
	char *line, *rest = exports->text, *field[5];
	size_t number = 0, i;
	struct export *entry;
	bool has_vmlinux = false;

	while ((line = strsep(&rest, "\n"))) {
		number++;
		if (!*line)
			continue;
		for (i = 0; i < KMEND_ARRAY_SIZE(field); i++)
			field[i] = strsep(&line, "\t");
		if (!field[3])
			return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL,
					  "%s, line %zu: not a line of Module.symvers", path, number);
		entry = kmend_array_add(exports->entries, exports->nr_entries);
		entry->name = field[1];
		entry->owner = module_name(field[2]);
		entry->namespace = field[4] ? field[4] : "";
		has_vmlinux |= !strcmp(entry->owner, "vmlinux");
	}
	if (!has_vmlinux)
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

static const struct export *find(const struct kmend_exports *exports, const char *symbol)
{
	const struct export key = { .name = symbol };

	return bsearch(&key, exports->entries, exports->nr_entries, sizeof(key), compare_exports);
}

bool kmend_exports_has(const struct kmend_exports *exports, const char *symbol, const char **ret_namespace)
{
	const struct export *found = find(exports, symbol);

	if (!found || strcmp(found->owner, "vmlinux"))
		return false;
	if (ret_namespace)
		*ret_namespace = found->namespace;
	return true;
}

const char *kmend_exports_owner(const struct kmend_exports *exports, const char *symbol)
{
	const struct export *found = find(exports, symbol);

	return found ? found->owner : NULL;
}
