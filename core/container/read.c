// SPDX-License-Identifier: GPL-2.0
/* Reading a container that nobody vouches for: bounded memory, exactly the members that belong there, digests checked. */
#include <errno.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>
#include <json-c/json.h>

#include "members.h"

/* All members at their largest, and their tar headers. */
#define MAX_PLAIN                                                                               \
	(KMEND_CONTAINER_MAX_MANIFEST + KMEND_CONTAINER_MAX_DIFF + KMEND_CONTAINER_MAX_MODULE + \
	 KMEND_CONTAINER_MAX_PROVENANCE + KMEND_CONTAINER_MAX_VERIFICATION +                    \
	 (2 * KMEND_CONTAINER_MAX_PARTS + 16) * KMEND_TAR_BLOCK)

static void archive_guard(struct archive **archive)
{
	archive_read_free(*archive);
}

static int damaged(struct kmend_error *error, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int damaged(struct kmend_error *error, const char *path, const char *format, ...)
{
	char what[512];
	va_list args;
	int code;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	code = kmend_fail(error, KMEND_STATUS_DAMAGED, -EBADMSG, "%s is damaged or not a container: %s", path, what);
	kmend_advise(error, "Get the file again, or make it again with 'kmend create'.");
	return code;
}

/* Undo the compression; a stream that ends too early is an error here, so nothing cut off gets further. */
static int decompress(const char *path, const char *data, size_t size, struct kmend_buffer *plain,
		      struct kmend_error *error)
{
	_cleanup_(archive_guard) struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	char chunk[65536];
	la_ssize_t got;

	if (!archive)
		kmend_oom();
	/* An xz stream ends with "YZ" (the .xz file format 1.0.4, section 2.1.2.4): nothing was appended. */
	if (size < 32 || memcmp(data + size - 2, "YZ", 2))
		return damaged(error, path, "its end is not that of an xz stream");
	archive_read_support_filter_xz(archive);
	archive_read_support_format_raw(archive);
	if (archive_read_open_memory(archive, data, size) != ARCHIVE_OK ||
	    archive_read_next_header(archive, &entry) != ARCHIVE_OK)
		return damaged(error, path, "%s", archive_error_string(archive));
	if (archive_filter_code(archive, 0) != ARCHIVE_FILTER_XZ || archive_filter_count(archive) != 2)
		return damaged(error, path, "it is not compressed with xz");
	while ((got = archive_read_data(archive, chunk, sizeof(chunk))) > 0) {
		if (plain->size + got > MAX_PLAIN)
			return damaged(error, path, "it unpacks to more than %u bytes", MAX_PLAIN);
		kmend_buffer_add(plain, chunk, got);
	}
	if (got < 0)
		return damaged(error, path, "%s", archive_error_string(archive));
	return 0;
}

/* Read one member, which must be called `expected`. */
static int read_member(struct archive *archive, const char *path, const char *expected, size_t most,
		       struct kmend_buffer *data, struct kmend_error *error)
{
	struct archive_entry *entry;
	const char *name;
	size_t size;
	int code = archive_read_next_header(archive, &entry);

	if (code == ARCHIVE_EOF)
		return damaged(error, path, "member '%s' is missing", expected);
	if (code != ARCHIVE_OK)
		return damaged(error, path, "%s", archive_error_string(archive));
	name = archive_entry_pathname(entry);
	if (!name || strcmp(name, expected))
		return damaged(error, path, "another member stands where '%s' belongs", expected);
	if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
	    archive_entry_symlink(entry) || archive_entry_sparse_count(entry))
		return damaged(error, path, "member '%s' is not a plain file", expected);
	if (!archive_entry_size_is_set(entry) || archive_entry_size(entry) < 0 ||
	    archive_entry_size(entry) > (int64_t)most)
		return damaged(error, path, "member '%s' is larger than %zu bytes", expected, most);
	size = archive_entry_size(entry);
	data->data = kmend_calloc(1, size + 1);
	data->size = size;
	if (archive_read_data(archive, data->data, size) != (la_ssize_t)size)
		return damaged(error, path, "member '%s' is cut off", expected);
	return 0;
}

static int check_digest(const char *path, const char *member, const struct kmend_buffer *data, const char *expected,
			struct kmend_error *error)
{
	char digest[KMEND_SHA256_HEX];

	kmend_sha256(data->data, data->size, digest);
	if (strcmp(digest, expected))
		return damaged(error, path, "member '%s' was altered: its SHA-256 is %s, the manifest says %s", member,
			       digest, expected);
	return 0;
}

static int check_json(const char *path, enum kmend_member_index index, const struct kmend_buffer *data,
		      struct kmend_error *error)
{
	struct json_tokener *tokener = json_tokener_new_ex(16);
	_cleanup_free_ char *text = NULL;
	struct json_object *root;
	size_t size;
	bool good;

	if (!tokener)
		kmend_oom();
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
	text = kmend_json_ascii(data->data, data->size, &size);
	root = json_tokener_parse_ex(tokener, text, size);
	good = kmend_text_is_utf8(data->data, data->size) && json_object_is_type(root, json_type_object);
	json_object_put(root);
	json_tokener_free(tokener);
	return good ? 0 : damaged(error, path, "%s is not a JSON object", kmend_members[index].path);
}

static int check_members(const char *path, const struct kmend_manifest *manifest, const struct kmend_buffer *members,
			 const struct kmend_buffer *modules, struct kmend_error *error)
{
	int code = 0;

	for (size_t i = 0; i < manifest->nr_parts && !code; i++) {
		if (manifest->parts[i].module_size != (int64_t)modules[i].size)
			return damaged(error, path, "a module has another size than the manifest says");
		code = check_digest(path, manifest->parts[i].module_name, &modules[i], manifest->parts[i].module_sha256,
				    error);
	}
	if (!code)
		code = check_digest(path, "diff", &members[KMEND_MEMBER_DIFF], manifest->diff_sha256, error);
	if (!code)
		code = check_digest(path, "provenance.json", &members[KMEND_MEMBER_PROVENANCE],
				    manifest->provenance_sha256, error);
	if (!code)
		code = check_json(path, KMEND_MEMBER_PROVENANCE, &members[KMEND_MEMBER_PROVENANCE], error);
	if (!code)
		code = check_digest(path, "verification.json", &members[KMEND_MEMBER_VERIFICATION],
				    manifest->verification_sha256, error);
	if (!code)
		code = check_json(path, KMEND_MEMBER_VERIFICATION, &members[KMEND_MEMBER_VERIFICATION], error);
	return code;
}

static size_t blocks_of(const struct kmend_buffer *member)
{
	return KMEND_TAR_BLOCK + (member->size + KMEND_TAR_BLOCK - 1) / KMEND_TAR_BLOCK * KMEND_TAR_BLOCK;
}

/* Nothing may hide between or behind the members (extended headers, further archives): the size is the exact sum. */
static int check_end(const char *path, struct archive *archive, const struct kmend_buffer *members,
		     const struct kmend_buffer *modules, size_t nr_modules, size_t plain_size,
		     struct kmend_error *error)
{
	struct archive_entry *entry;
	size_t expected = KMEND_TAR_END;

	if (archive_read_next_header(archive, &entry) != ARCHIVE_EOF)
		return damaged(error, path, "it has a member that does not belong there");
	for (int i = 0; i < KMEND_NR_MEMBERS; i++)
		expected += blocks_of(&members[i]);
	for (size_t i = 0; i < nr_modules; i++)
		expected += blocks_of(&modules[i]);
	if (plain_size != expected)
		return damaged(error, path, "it holds something besides its members");
	return 0;
}

/* The modules' sizes are the manifest's, and those are bounded together. */
static int read_modules(struct archive *archive, const char *path, const struct kmend_manifest *manifest,
			struct kmend_buffer *modules, struct kmend_error *error)
{
	int code = 0;

	for (size_t i = 0; i < manifest->nr_parts && !code; i++) {
		_cleanup_free_ char *member = kmend_member_of_part(&manifest->parts[i]);

		code = read_member(archive, path, member, manifest->parts[i].module_size, &modules[i], error);
	}
	return code;
}

/* All members, in their order. The manifest is the container's from the moment on that it is read. */
static int read_members(const char *path, const struct kmend_buffer *plain, struct kmend_buffer *members,
			struct kmend_container *container, struct kmend_error *error)
{
	_cleanup_(archive_guard) struct archive *archive = archive_read_new();
	int code = 0;

	if (!archive)
		kmend_oom();
	archive_read_support_format_tar(archive);
	if (archive_read_open_memory(archive, plain->data, plain->size) != ARCHIVE_OK)
		return damaged(error, path, "%s", archive_error_string(archive));
	for (int i = 0; i < KMEND_NR_MEMBERS && !code; i++) {
		if (i == KMEND_MEMBER_PROVENANCE)
			code = read_modules(archive, path, container->manifest, container->modules, error);
		if (!code)
			code = read_member(archive, path, kmend_members[i].path, kmend_members[i].most, &members[i],
					   error);
		if (!code && i == KMEND_MEMBER_MANIFEST) {
			code = kmend_manifest_parse(members[i].data, members[i].size, &container->manifest, error);
			if (!code)
				container->modules =
					kmend_calloc(container->manifest->nr_parts, sizeof(*container->modules));
		}
	}
	if (!code)
		code = check_end(path, archive, members, container->modules, container->manifest->nr_parts, plain->size,
				 error);
	if (!code)
		code = check_members(path, container->manifest, members, container->modules, error);
	return code;
}

int kmend_container_parse(const char *path, const void *data, size_t size, struct kmend_container **ret_container,
			  struct kmend_error *error)
{
	_cleanup_container_ struct kmend_container *container = kmend_calloc(1, sizeof(*container));
	_cleanup_buffer_ struct kmend_buffer plain = { 0 };
	struct kmend_buffer members[KMEND_NR_MEMBERS] = { 0 };
	int code = decompress(path, data, size, &plain, error);

	if (!code)
		code = read_members(path, &plain, members, container, error);
	if (!code) {
		container->diff = kmend_steal(members[KMEND_MEMBER_DIFF].data);
		container->diff_size = members[KMEND_MEMBER_DIFF].size;
		container->provenance = kmend_steal(members[KMEND_MEMBER_PROVENANCE].data);
		container->verification = kmend_steal(members[KMEND_MEMBER_VERIFICATION].data);
		*ret_container = kmend_steal(container);
	}
	for (int i = 0; i < KMEND_NR_MEMBERS; i++)
		kmend_buffer_free(&members[i]);
	return code;
}

int kmend_container_read(const char *path, struct kmend_container **ret_container, struct kmend_error *error)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int code = kmend_file_read(path, KMEND_CONTAINER_MAX_FILE, &data, &size, error);

	if (code == -EFBIG)
		return damaged(error, path, "it is larger than %d bytes", KMEND_CONTAINER_MAX_FILE);
	if (code)
		return code;
	return kmend_container_parse(path, data, size, ret_container, error);
}

int kmend_container_digest(const char *path, char ret_hex[KMEND_SHA256_HEX], struct kmend_error *error)
{
	_cleanup_container_ struct kmend_container *container = NULL;
	_cleanup_free_ char *manifest = NULL, *text = NULL;
	int code = kmend_container_read(path, &container, error);

	if (code)
		return code;
	/* The manifest has the digests of the modules and of the diff; and of what verify added, each time another one. */
	memset(container->manifest->verification_sha256, '0', KMEND_SHA256_HEX - 1);
	manifest = kmend_manifest_format(container->manifest);
	text = kmend_format("%s\n%s", manifest, container->provenance ? container->provenance : "");
	kmend_sha256(text, strlen(text), ret_hex);
	return 0;
}
