// SPDX-License-Identifier: GPL-2.0
/*
 * The index of a tree, kept. It counts as long as no file of the source or the build tree was touched: its key has the size
 * and the times of each, of which that of the last change cannot be set. What is read is checked, for it may be damaged.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/file.h"
#include "index.h"

#define TEXT_LIMIT (64 << 20)
#define INDEX_LIMIT (1u << 30)

static const char magic[8] = "kmendix2";

struct header {
	char magic[8];
	char key[KMEND_SHA256_HEX];
	uint64_t checksum; /* of all behind the header */
	uint32_t nr_sources, nr_chunks, nr_texts, nr_pastes, nr_climbs, nr_aliases, nr_directories;
	uint64_t nr_names;
};

void kmend_index_forget_names(struct kmend_index *index)
{
	for (size_t i = 0; i < index->nr_pastes; i++) {
		for (size_t j = 0; j < index->pastes[i].nr_parts; j++)
			free(index->pastes[i].parts[j]);
		free(index->pastes[i].parts);
	}
	for (uint32_t i = 0; index->texts && i < index->nr_texts; i++)
		if (!index->blob || index->texts[i] < index->blob || index->texts[i] > index->blob + index->blob_size)
			free(index->texts[i]);
	free(index->blob);
	free(index->chunks);
	free(index->names);
	free(index->pastes);
	free(index->texts);
	free(index->table);
	free(index->stamps);
	free(index->macros);
	free(index->aliases);
	*index = (struct kmend_index){ .sources = index->sources,
				       .files = index->files,
				       .nr_files = index->nr_files,
				       .climbs = index->climbs,
				       .nr_climbs = index->nr_climbs };
}

void kmend_index_free(struct kmend_index *index)
{
	if (!index)
		return;
	kmend_index_forget_names(index);
	for (size_t i = 0; i < index->nr_files; i++)
		free(index->files[i].includes);
	kmend_sources_free(&index->sources);
	free(index->files);
	free(index->climbs);
	free(index);
}

static uint64_t checksum(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t value = 0x9e3779b97f4a7c15u ^ size, word;

	for (; size >= sizeof(word); size -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		value = (value ^ word) * 0xff51afd7ed558ccdu;
		value ^= value >> 32;
	}
	for (; size; size--)
		value = (value ^ *bytes++) * 0xff51afd7ed558ccdu;
	return value;
}

static void put(struct kmend_buffer *buffer, const void *data, size_t size)
{
	if (size)
		kmend_buffer_add(buffer, data, size);
}

static void put_number(struct kmend_buffer *buffer, size_t number)
{
	uint32_t value = number;

	put(buffer, &value, sizeof(value));
}

static void put_text(struct kmend_buffer *buffer, const char *text)
{
	put(buffer, text, strlen(text) + 1);
}

void kmend_index_write(const struct kmend_index *index, const char *key, struct kmend_buffer *buffer)
{
	struct header header = { .nr_sources = index->sources.count,
				 .nr_chunks = index->nr_chunks,
				 .nr_texts = index->nr_texts,
				 .nr_pastes = index->nr_pastes,
				 .nr_climbs = index->nr_climbs,
				 .nr_aliases = index->nr_aliases,
				 .nr_directories = index->sources.directories.count,
				 .nr_names = index->nr_names };

	memcpy(header.magic, magic, sizeof(magic));
	snprintf(header.key, sizeof(header.key), "%s", key);
	put(buffer, &header, sizeof(header));
	put(buffer, index->chunks, index->nr_chunks * sizeof(*index->chunks));
	put(buffer, index->names, index->nr_names * sizeof(*index->names));
	put(buffer, index->macros, index->nr_texts);
	for (size_t i = 0; i < index->sources.count; i++) {
		const struct kmend_index_file *file = &index->files[i];
		unsigned char flags[] = { index->sources.files[i].place,
					  file->is_scanned | file->is_unit << 1 | file->is_included << 2 |
						  file->is_wild << 3 | file->is_missing << 4 };

		put(buffer, flags, sizeof(flags));
		put_number(buffer, file->nr_includes);
		for (size_t j = 0; j < file->nr_includes; j++)
			put_number(buffer, file->includes[j]);
	}
	for (size_t i = 0; i < index->nr_climbs; i++) {
		put_number(buffer, index->climbs[i].includer);
		put_number(buffer, index->climbs[i].file);
	}
	for (size_t i = 0; i < index->nr_aliases; i++) {
		put_number(buffer, index->aliases[i].name);
		put_number(buffer, index->aliases[i].body);
	}
	for (size_t i = 0; i < index->nr_pastes; i++) {
		put_number(buffer, index->pastes[i].macro);
		put_number(buffer, index->pastes[i].nr_parts);
		for (size_t j = 0; j < index->pastes[i].nr_parts; j++)
			put_text(buffer, index->pastes[i].parts[j] ? index->pastes[i].parts[j] : "\1");
	}
	for (size_t i = 0; i < index->sources.directories.count; i++)
		put_text(buffer, index->sources.directories.items[i]);
	for (size_t i = 0; i < index->sources.count; i++)
		put_text(buffer, index->sources.files[i].path);
	for (uint32_t i = 0; i < index->nr_texts; i++)
		put_text(buffer, index->texts[i]);
	((struct header *)buffer->data)->checksum =
		checksum(buffer->data + sizeof(header), buffer->size - sizeof(header));
}

struct reader {
	const char *at;
	size_t left;
	bool is_short;
};

static bool get(struct reader *reader, void *data, size_t size)
{
	reader->is_short |= size > reader->left;
	if (reader->is_short)
		return false;
	if (size)
		memcpy(data, reader->at, size);
	reader->at += size;
	reader->left -= size;
	return true;
}

static uint32_t get_number(struct reader *reader)
{
	uint32_t value = 0;

	get(reader, &value, sizeof(value));
	return value;
}

/* The next text, where it is; if there is none an empty one. */
static const char *get_text(struct reader *reader)
{
	const char *text = reader->at;
	const char *end = reader->is_short ? NULL : memchr(text, '\0', reader->left);

	reader->is_short |= !end;
	if (!end)
		return "";
	reader->left -= end + 1 - text;
	reader->at = end + 1;
	return text;
}

static int read_chunks(struct reader *reader, const struct header *header, struct kmend_index *index)
{
	if (header->nr_chunks > reader->left / sizeof(*index->chunks))
		return -EINVAL;
	index->room_chunks = index->nr_chunks = header->nr_chunks;
	index->chunks = kmend_calloc(header->nr_chunks + 1, sizeof(*index->chunks));
	get(reader, index->chunks, header->nr_chunks * sizeof(*index->chunks));
	if (header->nr_names > reader->left / sizeof(*index->names))
		return -EINVAL;
	index->room_names = index->nr_names = header->nr_names;
	index->names = kmend_calloc(header->nr_names + 1, sizeof(*index->names));
	get(reader, index->names, header->nr_names * sizeof(*index->names));
	if (header->nr_texts > reader->left || !header->nr_texts)
		return -EINVAL;
	index->room_texts = header->nr_texts;
	index->macros = kmend_calloc(header->nr_texts, sizeof(*index->macros));
	index->stamps = kmend_calloc(header->nr_texts, sizeof(*index->stamps));
	index->texts = kmend_calloc(header->nr_texts, sizeof(char *));
	get(reader, index->macros, header->nr_texts);
	for (size_t i = 0; i < index->nr_names; i++)
		if (!index->names[i] || index->names[i] >= header->nr_texts)
			return -EINVAL;
	for (size_t i = 0; i < index->nr_chunks; i++) {
		const struct kmend_index_chunk *chunk = &index->chunks[i];

		if (chunk->file >= header->nr_sources || chunk->name >= header->nr_texts || chunk->version > 1 ||
		    chunk->first_name > index->nr_names || chunk->nr_names > index->nr_names - chunk->first_name)
			return -EINVAL;
	}
	return 0;
}

static int read_files(struct reader *reader, const struct header *header, unsigned char *places,
		      struct kmend_index *index)
{
	for (size_t i = 0; i < header->nr_sources; i++) {
		struct kmend_index_file *file = &index->files[i];
		unsigned char flags[2] = { 0 };
		uint32_t count;

		get(reader, flags, sizeof(flags));
		count = get_number(reader);
		if (flags[0] > KMEND_PLACE_BUILD || count > reader->left / sizeof(uint32_t))
			return -EINVAL;
		places[i] = flags[0];
		file->is_scanned = flags[1] & 1;
		file->is_unit = flags[1] & 2;
		file->is_included = flags[1] & 4;
		file->is_wild = flags[1] & 8;
		file->is_missing = flags[1] & 16;
		for (uint32_t j = 0; j < count; j++) {
			uint32_t target = get_number(reader);

			if (target >= header->nr_sources)
				return -EINVAL;
			*kmend_array_add(file->includes, file->nr_includes) = target;
		}
	}
	for (size_t i = 0; i < header->nr_climbs && !reader->is_short; i++) {
		uint32_t includer = get_number(reader), file = get_number(reader);

		if (includer >= header->nr_sources || file >= header->nr_sources)
			return -EINVAL;
		*kmend_array_add(index->climbs, index->nr_climbs) = (struct kmend_index_climb){ includer, file };
	}
	return 0;
}

static int read_pastes(struct reader *reader, const struct header *header, struct kmend_index *index)
{
	for (size_t i = 0; i < header->nr_aliases && !reader->is_short; i++) {
		uint32_t name = get_number(reader), body = get_number(reader);

		if (name >= header->nr_texts || body >= header->nr_texts)
			return -EINVAL;
		*kmend_array_add(index->aliases, index->nr_aliases) = (struct kmend_index_alias){ name, body };
	}
	for (size_t i = 0; i < header->nr_pastes && !reader->is_short; i++) {
		struct kmend_index_paste paste = { .macro = get_number(reader) };
		uint32_t count = get_number(reader);

		if (paste.macro >= header->nr_texts || count > reader->left || count < 2)
			return -EINVAL;
		/* An argument is a text that no macro has. */
		for (uint32_t j = 0; j < count; j++) {
			const char *part = get_text(reader);

			*kmend_array_add(paste.parts, paste.nr_parts) = strcmp(part, "\1") ? kmend_strdup(part) : NULL;
		}
		*kmend_array_add(index->pastes, index->nr_pastes) = paste;
	}
	return 0;
}

static void read_texts(struct reader *reader, const struct header *header, const unsigned char *places,
		       struct kmend_index *index)
{
	for (size_t i = 0; i < header->nr_directories && !reader->is_short; i++)
		kmend_strv_add(&index->sources.directories, get_text(reader));
	for (size_t i = 0; i < header->nr_sources; i++)
		kmend_sources_add(&index->sources, get_text(reader), places[i]);
	/* Millions of them: they stay where they are, in one piece. */
	index->blob_size = reader->left;
	index->blob = kmend_calloc(reader->left + 1, 1);
	memcpy(index->blob, reader->at, reader->left);
	reader->at = index->blob;
	for (uint32_t i = 0; i < header->nr_texts; i++) {
		const char *text = get_text(reader);

		if (reader->is_short)
			break;
		index->texts[index->nr_texts++] = (char *)text;
	}
}

int kmend_index_parse(const char *data, size_t size, const char *key, struct kmend_index **ret_index)
{
	_cleanup_index_ struct kmend_index *index = kmend_calloc(1, sizeof(*index));
	_cleanup_free_ unsigned char *places = NULL;
	struct reader reader = { data, size, false };
	struct header header;
	int code;

	if (!get(&reader, &header, sizeof(header)) || memcmp(header.magic, magic, sizeof(magic)) ||
	    header.key[sizeof(header.key) - 1] || strcmp(header.key, key) ||
	    header.checksum != checksum(reader.at, reader.left))
		return -EINVAL;
	if (header.nr_sources > reader.left)
		return -EINVAL;
	places = kmend_calloc(header.nr_sources + 1, 1);
	index->files = kmend_calloc(header.nr_sources + 1, sizeof(*index->files));
	index->nr_files = header.nr_sources;
	code = read_chunks(&reader, &header, index);
	if (!code)
		code = read_files(&reader, &header, places, index);
	if (!code)
		code = read_pastes(&reader, &header, index);
	if (!code)
		read_texts(&reader, &header, places, index);
	if (code || reader.is_short)
		return -EINVAL;
	kmend_index_rehash(index);
	*ret_index = kmend_steal(index);
	return 0;
}

char *kmend_index_key(const struct kmend_tree *tree, const struct kmend_sources *sources)
{
	_cleanup_free_ char *walk = kmend_path(tree->directory, "walk"), *text = NULL;
	char digest[KMEND_SHA256_HEX];
	struct stat status = { 0 };

	if (stat(walk, &status) < 0)
		return NULL;
	/* What is touched in this very second can be touched again without another time. */
	if (time(NULL) <= sources->newest + 1)
		return NULL;
	text = kmend_format("%.8s\n%s\n%s\n%lld %lld.%09ld\n", magic, tree->id, sources->digest,
			    (long long)status.st_size, (long long)status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
	kmend_sha256(text, strlen(text), digest);
	return kmend_strdup(digest);
}

static char *place_of(const struct kmend_tree *tree)
{
	return kmend_path(tree->directory, "index.2");
}

void kmend_index_clean(const struct kmend_tree *tree, bool is_locked)
{
	_cleanup_free_ char *first = kmend_path(tree->directory, "index"), *place = place_of(tree);
	DIR *directory = is_locked ? opendir(tree->directory) : NULL;

	/* What an earlier kmend called it: some hundred megabytes that nobody reads. */
	unlink(first);
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		_cleanup_free_ char *path = kmend_path(tree->directory, entry->d_name);

		/* Left over by one who was killed while it wrote. */
		if (kmend_starts_with(path, place) && path[strlen(place)] == '.')
			unlink(path);
	}
	if (directory)
		closedir(directory);
}

int kmend_index_load(const struct kmend_tree *tree, const char *key, struct kmend_index **ret_index)
{
	_cleanup_free_ char *path = place_of(tree), *data = NULL;
	size_t size;

	if (!key || !kmend_file_exists(path) || kmend_file_read(path, INDEX_LIMIT, &data, &size, NULL))
		return -ENOENT;
	return kmend_index_parse(data, size, key, ret_index);
}

void kmend_index_save(const struct kmend_tree *tree, const char *key, const struct kmend_index *index)
{
	_cleanup_free_ char *path = place_of(tree);
	_cleanup_buffer_ struct kmend_buffer buffer = { 0 };

	if (!key)
		return;
	kmend_index_write(index, key, &buffer);
	/* Only a cache. */
	kmend_file_write_atomic(path, buffer.data, buffer.size, 0644, NULL);
}

int kmend_index_read(const struct kmend_tree *tree, const struct kmend_index *index,
		     const struct kmend_index_overlay *overlay, size_t file, int version, char **ret_text,
		     size_t *ret_size, struct kmend_error *error)
{
	const struct kmend_source_file *source = &index->sources.files[file];
	bool is_post = overlay && source->place != KMEND_PLACE_BUILD && kmend_strv_has(overlay->paths, source->path);
	_cleanup_free_ char *path = NULL;

	if (version && !is_post)
		return -ENOENT;
	if (!version && source->place == KMEND_PLACE_POST)
		return -ENOENT;
	path = kmend_path(version			       ? overlay->root
			  : source->place == KMEND_PLACE_BUILD ? tree->build
							       : tree->source,
			  source->path);
	if (!kmend_file_exists(path))
		return -ENOENT;
	return kmend_file_read(path, TEXT_LIMIT, ret_text, ret_size, error);
}
