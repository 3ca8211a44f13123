// SPDX-License-Identifier: GPL-2.0
/* A file of errata, whichever kind it is: what each begins with tells. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../base/file.h"
#include "internal.h"

static int load_json(const char *text, size_t size, const struct kmend_errata_filter *filter,
		     struct kmend_errata *errata, struct kmend_error *error)
{
	_cleanup_json_ struct json_object *root = NULL;
	_cleanup_errata_ struct kmend_errata list = { 0 };
	struct json_object *member;
	const char *package = filter->package ? filter->package : "linux";
	int code = errata_json_parse(text, size, "the file", &root, error);

	if (code)
		return code;
	if (json_object_is_type(root, json_type_object) && json_object_object_get_ex(root, "schema", &member)) {
		code = kmend_errata_parse(text, size, &list, error);
		if (!code)
			kmend_errata_merge(errata, &list);
		return code;
	}
	if (json_object_is_type(root, json_type_object) && json_object_object_get_ex(root, package, &member))
		return kmend_tracker_parse(text, size, package, filter->suite, errata, error);
	if (json_object_is_type(root, json_type_array) || *errata_json_text(root, "id") ||
	    (json_object_is_type(root, json_type_object) && json_object_object_get_ex(root, "vulns", &member)))
		return kmend_osv_parse(text, size, errata, error);
	return kmend_fail(error, KMEND_STATUS_BAD_MANIFEST, -EINVAL,
			  "this JSON is neither an OSV file nor the security tracker's nor a list of kmend's");
}

int kmend_errata_load(const char *path, const struct kmend_errata_filter *filter, struct kmend_errata *errata,
		      struct kmend_error *error)
{
	_cleanup_errata_ struct kmend_errata found = { 0 };
	_cleanup_free_ char *text = NULL;
	const char *begin;
	size_t size;
	int code = kmend_file_read(path, KMEND_ERRATA_MAX_FILE, &text, &size, error);

	if (code)
		return code;
	begin = text;
	while (isspace((unsigned char)*begin))
		begin++;
	if (*begin == '{' || (*begin == '[' && strspn(begin + 1, " \t\r\n{]") > 0 && begin[1] != ' '))
		code = load_json(text, size, filter, &found, error);
	else if (*begin == '[')
		code = kmend_dsa_list_parse(text, size, &found, error);
	else
		code = kmend_changelog_parse(text, size, filter->after, &found, error);
	if (code) {
		if (error && !error->advice[0])
			kmend_advise(error, "%s: see kmend-errata(8) for the kinds of files that can be given.", path);
		return code;
	}
	kmend_errata_narrow(&found, filter->package, filter->after, NULL);
	kmend_errata_merge(errata, &found);
	kmend_errata_sort(errata);
	return 0;
}

int kmend_errata_read(const char *path, struct kmend_errata *ret_errata, struct kmend_error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int code = kmend_file_read(path, KMEND_ERRATA_MAX_FILE, &text, &size, error);

	return code ? code : kmend_errata_parse(text, size, ret_errata, error);
}
