// SPDX-License-Identifier: GPL-2.0
/* A vendor's catalogue (kmend-catalogue(5)): which diff mends which CVEs, written and reviewed by hand. */
#include <errno.h>
#include <string.h>

#include "../base/child.h"
#include "../base/file.h"
#include "plan_internal.h"

#define SCHEMA 1
#define DIFF_LIMIT (16 << 20)

static void entry_clear(struct kmend_catalogue_entry *entry)
{
	kmend_strv_free(&entry->cves);
	free(entry->subject);
	free(entry->diff);
	free(entry->sha256);
	kmend_strv_free(&entry->files);
	kmend_strv_free(&entry->versions);
}

void kmend_catalogue_clear(struct kmend_catalogue *catalogue)
{
	for (size_t i = 0; i < catalogue->count; i++)
		entry_clear(&catalogue->entries[i]);
	free(catalogue->entries);
	*catalogue = (struct kmend_catalogue){ 0 };
}

static int take_list(struct json_object *object, const char *name, bool (*is_valid)(const char *text),
		     struct kmend_strv *list)
{
	size_t count;
	struct json_object *array = errata_json_array(object, name, &count);

	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		const char *text = json_object_is_type(item, json_type_string) ? json_object_get_string(item) : NULL;

		if (!text || i >= MAX_LIST || (is_valid && !is_valid(text)))
			return -EINVAL;
		kmend_strv_add(list, text);
	}
	return 0;
}

static char *beside(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	if (!*name || *name == '/' || !slash)
		return kmend_strdup(name);
	return kmend_format("%.*s/%s", (int)(slash - path), path, name);
}

static int take_entry(const char *path, size_t number, struct json_object *object, struct kmend_catalogue *catalogue,
		      struct kmend_error *error)
{
	struct kmend_catalogue_entry *entry = kmend_array_add(catalogue->entries, catalogue->count);
	const char *what = NULL;

	entry->subject = kmend_strdup(errata_json_text(object, "subject"));
	entry->diff = beside(path, errata_json_text(object, "diff"));
	entry->sha256 = kmend_strdup(errata_json_text(object, "sha256"));
	if (take_list(object, "cves", kmend_cve_is_valid, &entry->cves) || !entry->cves.count)
		what = "'cves' has to be a list of CVE names";
	else if (take_list(object, "files", plan_path_is_clean, &entry->files))
		what = "'files' has to be a list of paths in the kernel's source";
	else if (take_list(object, "versions", NULL, &entry->versions))
		what = "'versions' has to be a list of versions of the kernel's package";
	else if (!*entry->diff == !entry->files.count)
		what = "it has to have either 'diff' or 'files'";
	else if (*entry->diff && strlen(entry->sha256) != KMEND_SHA256_HEX - 1)
		what = "a 'diff' has to have its 'sha256', so that only what was reviewed is used";
	return what ? kmend_fail(error, KMEND_STATUS_BAD_MANIFEST, -EINVAL, "%s: entry %zu: %s", path, number + 1, what)
		    : 0;
}

int kmend_catalogue_parse(const char *path, const char *text, size_t size, struct kmend_catalogue *ret_catalogue,
			  struct kmend_error *error)
{
	_cleanup_json_ struct json_object *root = NULL;
	struct kmend_catalogue catalogue = { 0 };
	struct json_object *member = NULL, *array;
	size_t count;
	int code = errata_json_parse(text, size, path, &root, error);

	if (code)
		return code;
	array = errata_json_array(root, "changes", &count);
	if (!array || !json_object_object_get_ex(root, "schema", &member) || json_object_get_int(member) != SCHEMA)
		return kmend_fail(error, KMEND_STATUS_BAD_MANIFEST, -EINVAL,
				  "%s is no catalogue: it has to have \"schema\": 1 and \"changes\"", path);
	for (size_t i = 0; i < count && i < MAX_LIST && !code; i++)
		code = take_entry(path, i, json_object_array_get_idx(array, i), &catalogue, error);
	if (code)
		kmend_catalogue_clear(&catalogue);
	else
		*ret_catalogue = catalogue;
	return code;
}

/* The difference of some files between the two versions. */
static int diff_files(const struct kmend_plan_request *request, const struct kmend_strv *files,
		      struct kmend_buffer *text, struct kmend_error *error)
{
	for (size_t i = 0; i < files->count; i++) {
		_cleanup_free_ char *old = kmend_path(request->source, files->items[i]);
		_cleanup_free_ char *new = kmend_path(request->to_source, files->items[i]);
		_cleanup_free_ char *old_label = kmend_format("a/%s", files->items[i]);
		_cleanup_free_ char *new_label = kmend_format("b/%s", files->items[i]);
		struct kmend_child child = {
			.argv = (const char *const[]){ "diff", "-upN", "--label",
						       kmend_file_exists(old) ? old_label : "/dev/null", "--label",
						       kmend_file_exists(new) ? new_label : "/dev/null", old, new,
						       NULL },
			.output = text,
		};
		int status = kmend_child_run(&child, error);

		if (status < 0)
			return status;
		if (status > 1)
			return kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "cannot compare %s with %s", old, new);
	}
	return 0;
}

static int entry_text(const struct planning *planning, const struct kmend_catalogue_entry *entry,
		      struct kmend_buffer *text, struct kmend_error *error)
{
	_cleanup_free_ char *data = NULL;
	char digest[KMEND_SHA256_HEX];
	size_t size;
	int code;

	if (!*entry->diff) {
		if (!planning->request->to_source)
			return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL,
					  "the catalogue names files of %s, whose source is not at hand",
					  planning->errata->to ? planning->errata->to : "the new version");
		code = diff_files(planning->request, &entry->files, text, error);
	} else {
		code = kmend_file_read(entry->diff, DIFF_LIMIT, &data, &size, error);
		if (!code)
			kmend_buffer_add(text, data, size);
	}
	if (code || !*entry->sha256)
		return code;
	kmend_sha256(text->data ? text->data : "", text->size, digest);
	if (strcmp(digest, entry->sha256))
		return kmend_fail(
			error, KMEND_STATUS_DAMAGED, -EBADMSG,
			"the change for %s in the catalogue is not the one that was reviewed (its SHA-256 is %s)",
			entry->cves.items[0], digest);
	return 0;
}

/* The changes that an entry speaks of become one; those that are all in it are dropped. */
static int use_entry(struct planning *planning, const struct kmend_catalogue_entry *entry, struct kmend_error *error)
{
	struct kmend_piece *first = NULL;
	_cleanup_buffer_ struct kmend_buffer text = { 0 };
	_cleanup_free_ char *origin = kmend_format("catalogue %s", planning->request->catalogue);
	int code;

	if (entry->versions.count && planning->errata->version &&
	    !kmend_strv_has(&entry->versions, planning->errata->version))
		return 0;
	for (size_t i = 0; i < planning->errata->nr_changes; i++) {
		struct kmend_piece *change = &planning->errata->changes[i];
		bool named = false;

		for (size_t j = 0; j < change->cves.count; j++)
			named |= kmend_strv_has(&entry->cves, change->cves.items[j]);
		if (!named || *change->diff)
			continue;
		if (!first) {
			first = change;
			continue;
		}
		kmend_strv_add(&first->also, change->subject);
		for (size_t j = 0; j < change->cves.count; j++)
			if (!kmend_strv_has(&first->cves, change->cves.items[j]))
				kmend_strv_add(&first->cves, change->cves.items[j]);
		kmend_strv_free(&change->cves); /* it is in the first one now */
	}
	if (!first)
		return 0;
	for (size_t j = 0; j < entry->cves.count; j++)
		if (!kmend_strv_has(&first->cves, entry->cves.items[j]))
			kmend_strv_add(&first->cves, entry->cves.items[j]);
	if (*entry->subject)
		kmend_errata_set(&first->subject, entry->subject);
	code = entry_text(planning, entry, &text, error);
	return code ? code
		    : plan_set_diff(planning, first, text.data ? text.data : "", text.size, KMEND_EVIDENCE_CATALOGUE,
				    origin, error);
}

int plan_from_catalogue(struct planning *planning, struct kmend_error *error)
{
	const char *path = planning->request->catalogue;
	struct kmend_catalogue catalogue = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t size;
	int code = kmend_file_read(path, KMEND_ERRATA_MAX_FILE, &text, &size, error);

	if (!code)
		code = kmend_catalogue_parse(path, text, size, &catalogue, error);
	for (size_t i = 0; i < catalogue.count && !code; i++)
		code = use_entry(planning, &catalogue.entries[i], error);
	kmend_catalogue_clear(&catalogue);
	return code;
}
