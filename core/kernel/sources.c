// SPDX-License-Identifier: GPL-2.0
#include "sources.h"

#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/file.h"

static size_t hash(const char *text)
{
	size_t value = 5381;

	for (; *text; text++)
		value = value * 33 ^ (unsigned char)*text;
	return value;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void kmend_sources_free(struct kmend_sources *sources)
{
	for (size_t i = 0; i < sources->count; i++)
		free(sources->files[i].path);
	free(sources->files);
	free(sources->buckets);
	kmend_strv_free(&sources->directories);
	*sources = (struct kmend_sources){ 0 };
}

static void rehash(struct kmend_sources *sources)
{
	free(sources->buckets);
	sources->nr_buckets = sources->nr_buckets ? 4 * sources->nr_buckets : 1024;
	sources->buckets = kmend_calloc(sources->nr_buckets, sizeof(*sources->buckets));
	memset(sources->buckets, 0xff, sources->nr_buckets * sizeof(*sources->buckets));
	for (size_t i = 0; i < sources->count; i++) {
		size_t *bucket = &sources->buckets[hash(last_part(sources->files[i].path)) % sources->nr_buckets];

		sources->files[i].next = *bucket;
		*bucket = i;
	}
}

size_t kmend_sources_add(struct kmend_sources *sources, const char *path, enum kmend_source_place place)
{
	struct kmend_source_file *file;

	if (sources->count >= 2 * sources->nr_buckets)
		rehash(sources);
	file = kmend_array_add(sources->files, sources->count);
	file->path = kmend_strdup(path);
	file->place = place;
	file->next = sources->buckets[hash(last_part(path)) % sources->nr_buckets];
	sources->buckets[hash(last_part(path)) % sources->nr_buckets] = sources->count - 1;
	return sources->count - 1;
}

static size_t first_of(const struct kmend_sources *sources, const char *name)
{
	return sources->nr_buckets ? sources->buckets[hash(name) % sources->nr_buckets] : SIZE_MAX;
}

/* "a/b/c.c" and "../d/e.h": "a/d/e.h"; without `includer` leading ".." are dropped. New memory. */
static char *normalize(const char *includer, const char *name)
{
	struct kmend_buffer path = { 0 };
	const char *slash = strrchr(includer, '/');

	kmend_buffer_add(&path, includer, slash ? slash - includer : 0);
	for (const char *part = name; *part;) {
		size_t length = strcspn(part, "/");

		if (length == 2 && !strncmp(part, "..", 2)) {
			while (path.size && path.data[path.size - 1] != '/')
				path.size--;
			path.size -= path.size != 0;
		} else if (length && !(length == 1 && *part == '.')) {
			kmend_buffer_addf(&path, "%s%.*s", path.size ? "/" : "", (int)length, part);
		}
		part += length + (part[length] == '/');
	}
	path.data[path.size] = '\0';
	return path.data;
}

char *kmend_source_path(const char *path)
{
	return normalize("", path);
}

size_t kmend_sources_find(const struct kmend_sources *sources, const char *name)
{
	_cleanup_free_ char *path = kmend_source_path(name);
	size_t found = SIZE_MAX;

	for (size_t i = first_of(sources, last_part(path)); i != SIZE_MAX; i = sources->files[i].next)
		if (!strcmp(sources->files[i].path, path) &&
		    (found == SIZE_MAX || sources->files[i].place < sources->files[found].place))
			found = i;
	return found;
}

/* Directories that no unit of this kernel includes from. */
static bool is_left_out(const char *path)
{
	static const char *const names[] = { ".git", "Documentation", "samples", "debian", "LICENSES" };

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(names); i++)
		if (!strcmp(path, names[i]))
			return true;
	return kmend_starts_with(path, "arch/") && !strchr(path + 5, '/') && strcmp(path, "arch/x86") != 0;
}

/* What is included is a text of these kinds; objects of the build tree need not be listed. */
static bool is_text(const char *name)
{
	static const char *const endings[] = { ".h",	".c",	".S",  ".inc", ".def", ".tbl",
					       ".asn1", ".lds", ".uh", ".txt", ".hex" };

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(endings); i++)
		if (kmend_ends_with(name, endings[i]))
			return true;
	return !strchr(name, '.');
}

/* The time of a file's last change of any kind cannot be set back, as that of its content can. */
static void note_state(struct kmend_sources *sources, const char *path, enum kmend_source_place place,
		       const struct stat *status, struct kmend_buffer *states)
{
	kmend_buffer_addf(states, "%d %s %lld %lld.%09ld %lld.%09ld %llu\n", place, path, (long long)status->st_size,
			  (long long)status->st_mtim.tv_sec, status->st_mtim.tv_nsec, (long long)status->st_ctim.tv_sec,
			  status->st_ctim.tv_nsec, (unsigned long long)status->st_ino);
	if (status->st_ctim.tv_sec > sources->newest)
		sources->newest = status->st_ctim.tv_sec;
}

static int list(struct kmend_sources *sources, const char *root, enum kmend_source_place place,
		struct kmend_buffer *states, struct kmend_error *error)
{
	/* The place may be a link itself. */
	_cleanup_free_ char *place_of = realpath(root, NULL);
	char *const roots[] = { place_of ? place_of : (char *)root, NULL };
	size_t length = strlen(roots[0]) + 1;
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;

	if (!walk)
		return kmend_fail_errno(error, -errno, "cannot list %s", root);
	while ((entry = fts_read(walk))) {
		const char *path = entry->fts_pathlen >= length ? entry->fts_path + length : "";

		if (entry->fts_info == FTS_D && entry->fts_level == 0)
			continue;
		if (entry->fts_info == FTS_D && is_left_out(path)) {
			fts_set(walk, entry, FTS_SKIP);
		} else if (entry->fts_info != FTS_D && entry->fts_info != FTS_DP && is_text(entry->fts_name) &&
			   /* kbuild writes some without an ending each time it is called; no unit includes those. */
			   (place != KMEND_PLACE_BUILD || strchr(entry->fts_name, '.'))) {
			kmend_sources_add(sources, path, place);
			note_state(sources, path, place, entry->fts_statp, states);
		}
	}
	fts_close(walk);
	return 0;
}

int kmend_sources_list(const struct kmend_tree *tree, struct kmend_sources *ret_sources, struct kmend_error *error)
{
	struct kmend_sources sources = { 0 };
	_cleanup_buffer_ struct kmend_buffer states = { 0 };
	int code = list(&sources, tree->source, KMEND_PLACE_SOURCE, &states, error);

	if (!code)
		code = list(&sources, tree->build, KMEND_PLACE_BUILD, &states, error);
	if (code) {
		kmend_sources_free(&sources);
		return code;
	}
	kmend_sha256(states.data ? states.data : "", states.size, sources.digest);
	*ret_sources = sources;
	return code;
}

bool kmend_include_is_computed(const char *directive)
{
	return directive[0] != '"' && directive[0] != '<';
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Is the path a name in one of the directories that are searched? */
static bool is_found(const struct kmend_sources *sources, const char *path, const char *name)
{
	size_t length = strlen(path), size = strlen(name);
	_cleanup_free_ char *directory = NULL;

	if (length < size || strcmp(path + length - size, name) != 0 ||
	    (length > size && path[length - size - 1] != '/'))
		return false;
	if (!sources->directories.count)
		return true;
	directory = kmend_strndup(path, length > size ? length - size - 1 : 0);
	return bsearch(&directory, sources->directories.items, sources->directories.count, sizeof(directory), compare);
}

void kmend_sources_resolve(const struct kmend_sources *sources, size_t includer, const char *directive,
			   size_t **ret_files, size_t *ret_count)
{
	size_t length = strcspn(directive + 1, directive[0] == '<' ? ">" : "\"");
	_cleanup_free_ char *name = kmend_strndup(directive + 1, length), *tail = normalize("", name);
	_cleanup_free_ char *beside = normalize(sources->files[includer].path, name);
	bool has_other = false;

	/* The compiler looks beside the including file before all else. */
	if (directive[0] == '"')
		for (size_t i = first_of(sources, last_part(tail)); i != SIZE_MAX; i = sources->files[i].next)
			if (!strcmp(sources->files[i].path, beside) &&
			    sources->files[i].place == sources->files[includer].place) {
				*kmend_array_add(*ret_files, *ret_count) = i;
				return;
			}
	/* tools/ has its own copies of the kernel's headers; no unit of the kernel finds them before the kernel's. */
	for (size_t i = first_of(sources, last_part(tail)); i != SIZE_MAX; i = sources->files[i].next)
		has_other |= is_found(sources, sources->files[i].path, tail) &&
			     !kmend_starts_with(sources->files[i].path, "tools/");
	for (size_t i = first_of(sources, last_part(tail)); i != SIZE_MAX; i = sources->files[i].next)
		if (is_found(sources, sources->files[i].path, tail) &&
		    !(has_other && kmend_starts_with(sources->files[i].path, "tools/")))
			*kmend_array_add(*ret_files, *ret_count) = i;
}
