// SPDX-License-Identifier: GPL-2.0
/* A file of errata, whichever kind it is: what each begins with tells. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../base/file.h"
#include "internal.h"

/* "6.1" of "6.1.176-1"; as long as `text`, 0: it has none. */
static size_t series_of(const char **text)
{
	size_t epoch = strspn(*text, "0123456789"), major, minor;

	*text += (*text)[epoch] == ':' ? epoch + 1 : 0;
	major = strspn(*text, "0123456789");
	minor = major && (*text)[major] == '.' ? strspn(*text + major + 1, "0123456789") : 0;
	return minor ? major + 1 + minor : 0;
}

static bool is_of_series(const struct kmend_erratum_fix *fix, const struct kmend_errata_filter *filter)
{
	const char *own = filter->after, *other = fix->version;
	size_t size = series_of(&own);

	return (!filter->package || !strcmp(fix->package, filter->package)) && size && series_of(&other) == size &&
	       !strncmp(own, other, size);
}

/* Put the first newer version of the kernel's own series first; none of that series: none at all. */
static void choose_fix(struct kmend_erratum *erratum, const struct kmend_errata_filter *filter)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < erratum->nr_fixes; i++) {
		const char *version = erratum->fixes[i].version;

		if (is_of_series(&erratum->fixes[i], filter) && kmend_version_compare(version, filter->after) > 0 &&
		    (best == SIZE_MAX || kmend_version_compare(version, erratum->fixes[best].version) < 0))
			best = i;
	}
	if (best != SIZE_MAX) {
		struct kmend_erratum_fix first = erratum->fixes[best];

		erratum->fixes[best] = erratum->fixes[0];
		erratum->fixes[0] = first;
		return;
	}
	for (size_t i = 0; i < erratum->nr_fixes; i++)
		errata_fix_clear(&erratum->fixes[i]);
	erratum->nr_fixes = 0;
}

/*
 * Trackers speak of all releases of a distribution at once, each with a kernel series of its own: what is newer than the
 * kernel in another one's counting says nothing of it. Where they do not know its series at all everything is left.
 */
static void choose_fixes(struct kmend_errata *errata, const struct kmend_errata_filter *filter)
{
	bool known = false;

	for (size_t i = 0; filter->after && i < errata->count && !known; i++)
		for (size_t j = 0; j < errata->items[i].nr_fixes && !known; j++)
			known = is_of_series(&errata->items[i].fixes[j], filter);
	for (size_t i = 0; known && i < errata->count; i++)
		choose_fix(&errata->items[i], filter);
}

static int load_json(const char *text, size_t size, const struct kmend_errata_filter *filter,
		     struct kmend_errata *errata, struct kmend_error *error)
{
	_cleanup_json_ struct json_object *root = NULL;
	_cleanup_errata_ struct kmend_errata list = { 0 };
	struct json_object *member;
	const char *package = filter->package ? filter->package : "linux";
	bool is_tracker, is_osv;
	int code = errata_json_parse(text, size, "the file", &root, error);

	if (code)
		return code;
	if (json_object_is_type(root, json_type_object) && json_object_object_get_ex(root, "schema", &member)) {
		code = kmend_errata_parse(text, size, &list, error);
		if (!code)
			kmend_errata_merge(errata, &list);
		return code;
	}
	is_tracker = json_object_is_type(root, json_type_object) && json_object_object_get_ex(root, package, &member);
	is_osv = json_object_is_type(root, json_type_array) || *errata_json_text(root, "id") ||
		 (json_object_is_type(root, json_type_object) && json_object_object_get_ex(root, "vulns", &member));
	/* The tracker's has some 80 MB, and ten times that in memory: once is enough. */
	json_object_put(kmend_steal(root));
	if (is_tracker)
		code = kmend_tracker_parse(text, size, package, filter->suite, errata, error);
	else if (is_osv)
		code = kmend_osv_parse(text, size, errata, error);
	if (!code && (is_tracker || is_osv))
		choose_fixes(errata, filter);
	if (is_tracker || is_osv)
		return code;
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
	else if (*begin == '[') {
		code = kmend_dsa_list_parse(text, size, &found, error);
		choose_fixes(&found, filter);
	} else
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
