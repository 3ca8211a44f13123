// SPDX-License-Identifier: GPL-2.0
/* Records as files: one per update, each replaced whole and durably. */
#include "record.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "../base/file.h"
#include "format.h"

/* A record is a few hundred bytes; blockers may add some. More is damage. */
#define RECORD_LIMIT (256u << 10)

void kmend_record_free(struct kmend_record *record)
{
	if (!record)
		return;
	free(record->id);
	free(record->release);
	free(record->version);
	kmend_strv_free(&record->modules);
	free(record->digest);
	free(record->boot_id);
	free(record->package);
	free(record->files);
	free(record->refusal);
	kmend_strv_free(&record->blockers);
	free(record);
}

static char *record_path(const char *directory, const char *id)
{
	_cleanup_free_ char *name = kmend_format("%s.json", id);

	return kmend_path(directory, name);
}

int kmend_record_write(const char *directory, const struct kmend_record *record, struct kmend_error *error)
{
	_cleanup_free_ char *text = NULL, *path = NULL;
	int code;

	if (!record->id || !kmend_id_is_valid(record->id))
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EINVAL, "a record needs a valid id");
	code = kmend_mkdir_parents(directory, 0755, error);
	if (code)
		return code;
	text = kmend_record_format(record);
	path = record_path(directory, record->id);
	return kmend_file_write_atomic(path, text, strlen(text), 0644, error);
}

/* Never deleted: whoever looks into the damage later needs it. */
static void set_aside(const char *path)
{
	_cleanup_free_ char *broken = kmend_format("%s.broken", path);

	/* Nothing can be done about a failure here; the reader already treats the record as absent. */
	if (rename(path, broken) < 0)
		return;
}

int kmend_record_read(const char *directory, const char *id, struct kmend_record **ret_record,
		      struct kmend_error *error)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	struct kmend_record *record;
	size_t size;
	int code;

	if (!kmend_id_is_valid(id))
		return kmend_fail(error, KMEND_STATUS_UNKNOWN_ID, -ENOENT, "'%s' is not an update's id", id);
	path = record_path(directory, id);
	code = kmend_file_read(path, RECORD_LIMIT, &text, &size, error);
	if (code == -ENOENT)
		return code;
	if (!code)
		code = kmend_record_parse(text, size, &record, error);
	if (!code && strcmp(record->id, id)) {
		code = kmend_fail(error, KMEND_STATUS_FAILURE, -EBADMSG, "the record %s is of another update, %s", path,
				  record->id);
		kmend_record_free(record);
	}
	if (code == -EBADMSG || code == -EFBIG) {
		set_aside(path);
		return kmend_fail(error, KMEND_STATUS_FAILURE, -ENOENT,
				  "the record of %s was damaged and is now %s.broken", id, path);
	}
	if (code)
		return code;
	*ret_record = record;
	return 0;
}

int kmend_record_list(const char *directory, struct kmend_strv *ret_ids, struct kmend_error *error)
{
	_cleanup_closedir_ DIR *dir = opendir(directory);
	struct dirent *entry;

	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return kmend_fail_errno(error, -errno, "cannot read the directory %s", directory);
	while ((entry = readdir(dir))) {
		_cleanup_free_ char *id = NULL;

		if (!kmend_ends_with(entry->d_name, ".json"))
			continue;
		id = kmend_strndup(entry->d_name, strlen(entry->d_name) - strlen(".json"));
		if (kmend_id_is_valid(id))
			kmend_strv_add(ret_ids, id);
	}
	kmend_strv_sort(ret_ids);
	return 0;
}
