// SPDX-License-Identifier: GPL-2.0
/*
 * CVE records (CVE JSON 5.x) as the kernel's CNA writes them. Of containers.cna: affected[].versions[] with versionType
 * "git", whose lessThan is the commit that fixes the branch; references to …/stable/c/COMMIT; affected[].programFiles.
 */
#include <ctype.h>
#include <errno.h>
#include <ftw.h>
#include <string.h>

#include "plan_internal.h"

void kmend_cve_record_clear(struct kmend_cve_record *record)
{
	free(record->cve);
	free(record->title);
	kmend_strv_free(&record->commits);
	kmend_strv_free(&record->files);
	*record = (struct kmend_cve_record){ 0 };
}

static void add_once(struct kmend_strv *list, const char *text)
{
	if (list->count < MAX_LIST && !kmend_strv_has(list, text))
		kmend_strv_add(list, text);
}

static void add_commit(struct kmend_strv *commits, const char *text)
{
	size_t size = strspn(text, "0123456789abcdef");

	if (size >= 12 && size <= 40 && !text[size])
		add_once(commits, text);
}

/* The kernel's CNA calls the product Linux; who leaves it out means what the record is about. */
static bool is_of_linux(struct json_object *affected)
{
	const char *product = errata_json_text(affected, "product");

	return !*product || !strcmp(product, "Linux");
}

static void take_affected(struct json_object *affected, struct kmend_cve_record *record)
{
	size_t count;
	struct json_object *list = errata_json_array(affected, "versions", &count);

	for (size_t i = 0; i < count && i < MAX_LIST; i++) {
		struct json_object *version = json_object_array_get_idx(list, i);

		if (!strcmp(errata_json_text(version, "versionType"), "git"))
			add_commit(&record->commits, errata_json_text(version, "lessThan"));
	}
	list = errata_json_array(affected, "programFiles", &count);
	for (size_t i = 0; i < count && i < MAX_LIST; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (json_object_is_type(item, json_type_string) && plan_path_is_clean(json_object_get_string(item)))
			add_once(&record->files, json_object_get_string(item));
	}
}

static void take_references(struct json_object *cna, struct kmend_cve_record *record)
{
	size_t count;
	struct json_object *list = errata_json_array(cna, "references", &count);

	for (size_t i = 0; i < count && i < MAX_LIST; i++) {
		const char *url = errata_json_text(json_object_array_get_idx(list, i), "url");
		const char *slash = strrchr(url, '/');

		if (slash)
			add_commit(&record->commits, slash + 1);
	}
}

static void take_severity(struct json_object *cna, struct kmend_cve_record *record)
{
	size_t count;
	struct json_object *list = errata_json_array(cna, "metrics", &count);

	for (size_t i = 0; i < count && i < MAX_LIST; i++) {
		struct json_object *metric = json_object_array_get_idx(list, i);

		if (!json_object_is_type(metric, json_type_object))
			continue;
		json_object_object_foreach (metric, name, value) {
			enum kmend_severity severity =
				kmend_starts_with(name, "cvssV")
					? kmend_severity_parse(errata_json_text(value, "baseSeverity"))
					: KMEND_SEVERITY_UNKNOWN;

			record->severity = severity > record->severity ? severity : record->severity;
		}
	}
}

int kmend_cve_record_parse(const char *text, size_t size, struct kmend_cve_record *ret_record,
			   struct kmend_error *error)
{
	_cleanup_json_ struct json_object *root = NULL;
	struct json_object *metadata = NULL, *containers = NULL, *cna = NULL, *list;
	struct kmend_cve_record record = { 0 };
	bool ours = false;
	size_t count;
	int code = errata_json_parse(text, size, "the CVE record", &root, error);

	if (code)
		return code;
	if (!json_object_is_type(root, json_type_object) ||
	    !json_object_object_get_ex(root, "cveMetadata", &metadata) ||
	    !kmend_cve_is_valid(errata_json_text(metadata, "cveId")) ||
	    !json_object_object_get_ex(root, "containers", &containers) ||
	    !json_object_is_type(containers, json_type_object) || !json_object_object_get_ex(containers, "cna", &cna) ||
	    !json_object_is_type(cna, json_type_object))
		return kmend_fail(error, KMEND_STATUS_BAD_MANIFEST, -EINVAL, "this is no CVE record (CVE JSON 5)");
	record.cve = kmend_strdup(errata_json_text(metadata, "cveId"));
	record.title = kmend_strdup(errata_json_text(cna, "title"));
	list = errata_json_array(cna, "affected", &count);
	for (size_t i = 0; i < count && i < MAX_LIST; i++)
		if (is_of_linux(json_object_array_get_idx(list, i))) {
			take_affected(json_object_array_get_idx(list, i), &record);
			ours = true;
		}
	/* A record of other products only says nothing of this kernel, whatever it refers to. */
	if (ours || !count)
		take_references(cna, &record);
	take_severity(cna, &record);
	*ret_record = record;
	return 0;
}

/* nftw() has no context. */
static struct kmend_strv *found;

static int note_record(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	if (kind == FTW_F && kmend_starts_with(path + place->base, "CVE-") && kmend_ends_with(path, ".json"))
		kmend_strv_add(found, path);
	return 0;
}

int kmend_cve_records_list(const char *directory, struct kmend_strv *ret_paths, struct kmend_error *error)
{
	found = ret_paths;
	if (nftw(directory, note_record, 32, FTW_PHYS) < 0)
		return kmend_fail_errno(error, -errno, "cannot read the CVE records in %s", directory);
	kmend_strv_sort(ret_paths);
	return ret_paths->count ? 0
				: kmend_fail(error, KMEND_STATUS_USAGE, -ENOENT,
					     "there are no CVE records (CVE-*.json) in %s", directory);
}
