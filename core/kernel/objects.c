// SPDX-License-Identifier: GPL-2.0
#include "objects.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/file.h"

#define COMMAND_LIMIT (4 << 20)

/*
 * The files a unit includes, as kbuild lists them behind its saved command ("deps_OBJECT := \" and a line each), with
 * size and time: a source directory of the user's may change under us.
 */
static void add_dependencies(const struct kmend_tree *tree, const char *text, struct kmend_buffer *key)
{
	const char *line = strstr(text, "\ndeps_");

	for (line = line ? strchr(line + 1, '\n') : NULL; line && line[1] == ' '; line = strchr(line + 1, '\n')) {
		const char *begin = line + 1 + strspn(line + 1, " ");
		_cleanup_free_ char *name = kmend_strndup(begin, strcspn(begin, " \\\n"));
		_cleanup_free_ char *path = name[0] == '/' ? kmend_strdup(name) : kmend_path(tree->build, name);
		struct stat status;

		/* "$(wildcard include/config/X)" lines are about the configuration, which the tree's id stands for. */
		if (name[0] == '$')
			continue;
		if (stat(path, &status) < 0)
			kmend_buffer_addf(key, "%s absent\n", name);
		else
			kmend_buffer_addf(key, "%s %lld %lld.%09ld\n", name, (long long)status.st_size,
					  (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
	}
}

/* What amended source may include of kmend's own. */
static int add_hooks_headers(const struct kmend_tree *tree, struct kmend_buffer *key, struct kmend_error *error)
{
	static const char *const headers[] = { "kmend/hooks.h", "kmend/abi.h" };
	int code = 0;

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(headers) && !code; i++) {
		_cleanup_free_ char *path = kmend_path(tree->include, headers[i]);
		char digest[KMEND_SHA256_HEX];

		code = kmend_sha256_file(path, digest, error);
		if (!code)
			kmend_buffer_addf(key, "%s %s\n", headers[i], digest);
	}
	return code;
}

int kmend_object_name(const struct kmend_tree *tree, const char *cache, const struct kmend_unit_command *command,
		      const char *variant, const char *source, char **ret_path, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer key = { 0 };
	char digest[KMEND_SHA256_HEX];
	int code = kmend_sha256_file(source, digest, error);

	if (code)
		return code;
	kmend_buffer_addf(&key, "%s\n%s\n%s\n%.*s\n", tree->id, variant, digest, (int)strcspn(command->text, "\n"),
			  command->text);
	add_dependencies(tree, command->text, &key);
	/* "typed-post", "post OVERLAY": all that may be of amended source. */
	if (strstr(variant, "post") && tree->include)
		code = add_hooks_headers(tree, &key, error);
	if (code)
		return code;
	kmend_sha256(key.data, key.size, digest);
	*ret_path = kmend_format("%s/objects/%.2s/%s.o", cache, digest, digest + 2);
	return 0;
}

static char *kept_path(const struct kmend_tree *tree, const char *unit)
{
	return kmend_format("%s/units/%s.command", tree->directory, unit);
}

struct kmend_unit_command *kmend_command_recall(const struct kmend_tree *tree, const char *unit)
{
	_cleanup_free_ char *path = kept_path(tree, unit), *text = NULL;
	struct kmend_unit_command *command = NULL;

	if (!kmend_file_exists(path) || kmend_file_read(path, COMMAND_LIMIT, &text, NULL, NULL) ||
	    kmend_unit_command_parse(text, unit, &command, NULL))
		return NULL;
	return command;
}

int kmend_command_keep(const struct kmend_tree *tree, const char *unit, struct kmend_unit_command **ret_command,
		       struct kmend_error *error)
{
	_cleanup_free_ char *name = kmend_unit_file(unit, ".", ".o.cmd");
	_cleanup_free_ char *saved = kmend_path(tree->build, name), *text = NULL;
	_cleanup_free_ char *path = kept_path(tree, unit), *directory = kmend_strdup(path);
	_cleanup_unit_command_ struct kmend_unit_command *command = NULL;
	int code = kmend_file_read(saved, COMMAND_LIMIT, &text, NULL, error);

	if (!code)
		code = kmend_unit_command_parse(text, unit, &command, error);
	if (code)
		return code;
	*strrchr(directory, '/') = '\0';
	code = kmend_mkdir_parents(directory, 0755, error);
	if (!code)
		code = kmend_file_write_atomic(path, text, strlen(text), 0644, error);
	if (!code)
		*ret_command = kmend_steal(command);
	return code;
}
