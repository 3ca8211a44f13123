// SPDX-License-Identifier: GPL-2.0
#include "overlay.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/file.h"

/* Raised when the compiler is called otherwise for what lies in an overlay: objects are cached by its key. */
#define OVERLAY_FORMAT "overlay 4\n"

static int link_entries(const char *from, const char *to, struct kmend_error *error)
{
	_cleanup_closedir_ DIR *directory = opendir(from);
	struct dirent *entry;

	if (!directory)
		return errno == ENOENT ? 0 : kmend_fail_errno(error, -errno, "cannot list %s", from);
	while ((entry = readdir(directory))) {
		_cleanup_free_ char *target = kmend_path(from, entry->d_name), *name = kmend_path(to, entry->d_name);

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (symlink(target, name) < 0 && errno != EEXIST)
			return kmend_fail_errno(error, -errno, "cannot create %s", name);
	}
	return 0;
}

static bool is_real_directory(const char *path)
{
	struct stat status;

	return !lstat(path, &status) && S_ISDIR(status.st_mode);
}

int kmend_overlay_open(const struct kmend_tree *tree, const char *overlay, const char *path, struct kmend_error *error)
{
	_cleanup_free_ char *copy = kmend_strdup(path);
	char *rest = copy, *part;
	_cleanup_free_ char *from = kmend_strdup(tree->source), *to = kmend_strdup(overlay);
	int code = 0;

	for (part = ""; !code && part; part = *rest ? strsep(&rest, "/") : NULL, rest = rest ? rest : "") {
		char *next_from = *part ? kmend_path(from, part) : kmend_strdup(from);
		char *next_to = *part ? kmend_path(to, part) : kmend_strdup(to);

		free(from);
		free(to);
		from = next_from;
		to = next_to;
		if (is_real_directory(to) && *part)
			continue;
		unlink(to);
		code = kmend_mkdir_parents(to, 0755, error);
		if (!code)
			code = link_entries(from, to, error);
	}
	return code;
}

int kmend_overlay_put(const struct kmend_tree *tree, const char *overlay, const char *path, const char *text_path,
		      struct kmend_error *error)
{
	_cleanup_free_ char *directory = kmend_strdup(path), *place = kmend_path(overlay, path);
	char *slash = strrchr(directory, '/');
	int code;

	*(slash ? slash : directory) = '\0';
	code = kmend_overlay_open(tree, overlay, directory, error);
	if (code)
		return code;
	unlink(place);
	return kmend_file_copy(text_path, place, 0644, error);
}

/* From the oldest set on, so that the newest text of a file is what stays. */
static int put_all(const struct kmend_tree *tree, const struct kmend_change_set *set, const char *overlay,
		   struct kmend_buffer *key, struct kmend_error *error)
{
	int code = set->before ? put_all(tree, set->before, overlay, key, error) : 0;

	for (size_t i = 0; !code && i < set->shared.count; i++) {
		_cleanup_free_ char *text = kmend_path(set->post, set->shared.items[i]);
		char digest[KMEND_SHA256_HEX];

		code = kmend_overlay_put(tree, overlay, set->shared.items[i], text, error);
		if (!code)
			code = kmend_sha256_file(text, digest, error);
		if (!code)
			kmend_buffer_addf(key, "%s %s\n", set->shared.items[i], digest);
	}
	return code;
}

/*
 * What the sets before found to be included by "..": there, too, a unit must find what they changed. All of a set has been
 * found before another one is put on top of it.
 */
static int open_again(const struct kmend_tree *tree, const struct kmend_change_set *set, const char *overlay,
		      struct kmend_buffer *key, struct kmend_error *error)
{
	int code = 0;

	for (set = set->before; !code && set; set = set->before)
		for (size_t i = 0; !code && i < set->opened.count; i++) {
			code = kmend_overlay_open(tree, overlay, set->opened.items[i], error);
			kmend_buffer_addf(key, "open %s\n", set->opened.items[i]);
		}
	return code;
}

int kmend_overlay_make(const struct kmend_tree *tree, struct kmend_change_set *set, const char *scratch,
		       struct kmend_error *error)
{
	_cleanup_free_ char *overlay = kmend_path(scratch, "overlay");
	_cleanup_buffer_ struct kmend_buffer key = { 0 };
	char digest[KMEND_SHA256_HEX];
	int code;

	kmend_buffer_addf(&key, OVERLAY_FORMAT);
	if (!set->shared.count && !(set->before && set->before->overlay))
		return 0;
	code = kmend_overlay_open(tree, overlay, "", error);
	if (!code)
		code = put_all(tree, set, overlay, &key, error);
	if (!code)
		code = open_again(tree, set, overlay, &key, error);
	if (code)
		return code;
	kmend_sha256(key.data, key.size, digest);
	set->overlay_key = kmend_strdup(digest);
	set->overlay = kmend_steal(overlay);
	return 0;
}

/* "/a/b/../c" becomes "/a/c": ".." behind a link would lead out of the overlay. */
static char *without_climbs(const char *path)
{
	struct kmend_buffer result = { 0 };

	kmend_buffer_add(&result, "", 0);
	for (const char *part = path; *part;) {
		size_t length = strcspn(part, "/");

		if (length == 2 && !strncmp(part, "..", 2) && strchr(result.data, '/')) {
			while (result.size && result.data[result.size - 1] == '/')
				result.size--;
			while (result.size && result.data[result.size - 1] != '/')
				result.size--;
			result.size -= result.size > 1;
			result.data[result.size] = '\0';
		} else if (length && !(length == 1 && *part == '.')) {
			kmend_buffer_addf(&result, "%s%.*s",
					  part == path || (result.size && result.data[result.size - 1] == '/') ? ""
													       : "/",
					  (int)length, part);
		}
		part += length;
		while (*part == '/')
			part++;
	}
	return result.data;
}

char *kmend_overlay_word(const struct kmend_tree *tree, const char *overlay, const char *word)
{
	const char *found = strstr(word, tree->source);
	size_t length = strlen(tree->source);
	_cleanup_free_ char *rest = NULL;

	if (!found || (found[length] && found[length] != '/') || kmend_starts_with(word, "-fmacro-prefix-map="))
		return kmend_strdup(word);
	rest = without_climbs(found + length);
	return kmend_format("%.*s%s%s", (int)(found - word), word, overlay, rest);
}

void kmend_overlay_map(const struct kmend_tree *tree, const char *overlay, const char *word, struct kmend_strv *words)
{
	const char *path = strstr(word, tree->source);
	_cleanup_free_ char *from = NULL, *to = NULL;
	bool is_source = path == word && (kmend_ends_with(word, ".c") || kmend_ends_with(word, ".S"));

	if (!path || path[strlen(tree->source)] != '/' || (!strstr(path, "/../") && !is_source) ||
	    kmend_starts_with(word, "-fmacro-prefix-map="))
		return;
	from = kmend_overlay_word(tree, overlay, path);
	to = kmend_strdup(path + strlen(tree->source) + 1);
	/* Of the source its directory; and always, for "-I DIR/../SAME" must not give it another name. */
	if (is_source && strrchr(to, '/')) {
		*strrchr(from, '/') = '\0';
		*strrchr(to, '/') = '\0';
	}
	kmend_strv_addf(words, "-fmacro-prefix-map=%s=%s", from, to);
}

char *kmend_overlay_leak(const struct kmend_tree *tree, const struct kmend_strv *changed, const char *dependencies)
{
	while (dependencies && *dependencies) {
		size_t length = strcspn(dependencies, " \\\n");
		_cleanup_free_ char *name = kmend_strndup(dependencies, length);

		dependencies += length;
		dependencies += strspn(dependencies, " \\\n");
		for (size_t i = 0; length && i < changed->count; i++) {
			const char *slash = strrchr(changed->items[i], '/'),
				   *last = slash ? slash + 1 : changed->items[i];
			_cleanup_free_ char *path = kmend_path(tree->source, changed->items[i]);
			struct stat one, other;

			if (kmend_ends_with(name, last) && name[0] == '/' && !stat(name, &one) && !stat(path, &other) &&
			    one.st_dev == other.st_dev && one.st_ino == other.st_ino)
				return kmend_strdup(changed->items[i]);
		}
	}
	return NULL;
}
