// SPDX-License-Identifier: GPL-2.0
/* What units include although their texts do not say so. */
#include <string.h>

#include "index.h"

/* What texts include that are not there before kbuild compiles their unit, so that nobody can read it in them. */
static const char *const made_include[] = {
	"include/linux/asn1_decoder.h", /* what scripts/asn1_compiler.c writes: x509.asn1.h */
};

static void add(struct kmend_index *index, size_t file, size_t included)
{
	struct kmend_index_file *entry = &index->files[file];

	if (included == SIZE_MAX || included == file)
		return;
	for (size_t i = 0; i < entry->nr_includes; i++)
		if (entry->includes[i] == included)
			return;
	*kmend_array_add(entry->includes, entry->nr_includes) = included;
	index->files[included].is_included = true;
}

/* The next file that a command includes by itself, behind *command; SIZE_MAX: none. */
static size_t next_forced(const struct kmend_index *index, const struct kmend_tree *tree, const char **command)
{
	static const char word[] = " -include ";
	size_t length = strlen(tree->source);

	for (const char *at = strstr(*command, word); at; at = strstr(*command, word)) {
		_cleanup_free_ char *path = NULL;
		const char *name;
		size_t file;

		at += strlen(word);
		at += strspn(at, " ");
		path = kmend_strndup(at, strcspn(at, " "));
		*command = at;
		name = kmend_starts_with(path, tree->source) && path[length] == '/' ? path + length + 1 : path;
		file = kmend_sources_find(&index->sources, name);
		if (file != SIZE_MAX)
			return file;
	}
	return SIZE_MAX;
}

void kmend_index_add_forced(struct kmend_index *index, const struct kmend_tree *tree, const struct kmend_walk *walk)
{
	for (size_t i = 0; i < walk->count; i++) {
		size_t unit = kmend_sources_find(&index->sources, walk->units[i].source), file;
		const char *command = walk->units[i].command;

		if (unit == SIZE_MAX)
			continue;
		while (file = next_forced(index, tree, &command), file != SIZE_MAX)
			add(index, unit, file);
		for (size_t j = 0; index->files[unit].is_missing && j < KMEND_ARRAY_SIZE(made_include); j++)
			add(index, unit, kmend_sources_find(&index->sources, made_include[j]));
	}
}
