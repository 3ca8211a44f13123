// SPDX-License-Identifier: GPL-2.0
/*
 * OSV files (the Open Source Vulnerability schema, 1.6): one vulnerability, a list of them, or {"vulns": [...]}. Of a
 * vulnerability count: id, aliases (CVEs), summary, published, severity, affected[].package.name and the "fixed" events.
 */
#include <string.h>
#include <time.h>

#include "internal.h"

static int64_t read_time(const char *text)
{
	struct tm time = { 0 };

	return strptime(text, "%Y-%m-%dT%H:%M:%S", &time) ? (int64_t)timegm(&time) : 0;
}

static void take_cves(struct json_object *vulnerability, struct kmend_erratum *erratum)
{
	static const char *const lists[] = { "aliases", "upstream", "related" };

	kmend_cves_collect(erratum->id, strlen(erratum->id), &erratum->cves);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(lists); i++) {
		size_t count;
		struct json_object *array = errata_json_array(vulnerability, lists[i], &count);

		for (size_t j = 0; j < count && j < MAX_LIST; j++) {
			const char *text = json_object_get_string(json_object_array_get_idx(array, j));

			if (text && kmend_cve_is_valid(text) && !kmend_strv_has(&erratum->cves, text))
				kmend_strv_add(&erratum->cves, text);
		}
	}
}

/* "Debian:12" and the like name the suite after the colon. */
static void take_fixes(struct json_object *affected, struct kmend_erratum *erratum)
{
	struct json_object *package = NULL, *ranges, *events;
	size_t nr_ranges, nr_events;
	const char *name, *system, *suite;

	if (!json_object_is_type(affected, json_type_object) ||
	    !json_object_object_get_ex(affected, "package", &package))
		return;
	name = errata_json_text(package, "name");
	system = errata_json_text(package, "ecosystem");
	suite = strchr(system, ':');
	ranges = errata_json_array(affected, "ranges", &nr_ranges);
	for (size_t i = 0; i < nr_ranges && i < MAX_LIST; i++) {
		events = errata_json_array(json_object_array_get_idx(ranges, i), "events", &nr_events);
		for (size_t j = 0; j < nr_events && erratum->nr_fixes < MAX_LIST; j++) {
			const char *fixed = errata_json_text(json_object_array_get_idx(events, j), "fixed");

			if (*name && *fixed)
				kmend_errata_set(&kmend_erratum_add_fix(erratum, name, fixed)->suite,
						 suite ? suite + 1 : "");
		}
	}
}

static enum kmend_severity read_severity(struct json_object *vulnerability)
{
	enum kmend_severity worst = KMEND_SEVERITY_UNKNOWN, one;
	struct json_object *specific, *array;
	size_t count;

	if (json_object_object_get_ex(vulnerability, "database_specific", &specific))
		worst = kmend_severity_parse(errata_json_text(specific, "severity"));
	array = errata_json_array(vulnerability, "severity", &count);
	for (size_t i = 0; i < count && i < MAX_LIST; i++) {
		one = kmend_severity_parse(errata_json_text(json_object_array_get_idx(array, i), "score"));
		worst = one > worst ? one : worst;
	}
	return worst;
}

static void take_references(struct json_object *vulnerability, struct kmend_erratum *erratum)
{
	size_t count;
	struct json_object *array = errata_json_array(vulnerability, "references", &count);

	for (size_t i = 0; i < count && i < MAX_LIST; i++) {
		const char *url = errata_json_text(json_object_array_get_idx(array, i), "url");

		if (*url)
			kmend_strv_add(&erratum->references, url);
	}
}

static void take(struct json_object *vulnerability, struct kmend_errata *errata)
{
	struct json_object *affected;
	struct kmend_erratum *erratum;
	size_t count;

	if (!*errata_json_text(vulnerability, "id") || *errata_json_text(vulnerability, "withdrawn"))
		return;
	erratum = kmend_errata_add(errata, errata_json_text(vulnerability, "id"));
	kmend_errata_set(&erratum->title, errata_json_text(vulnerability, "summary"));
	erratum->kind = KMEND_ERRATUM_SECURITY;
	erratum->reboot = true;
	erratum->severity = read_severity(vulnerability);
	erratum->issued = read_time(errata_json_text(vulnerability, "published"));
	take_cves(vulnerability, erratum);
	take_references(vulnerability, erratum);
	affected = errata_json_array(vulnerability, "affected", &count);
	for (size_t i = 0; i < count && i < MAX_LIST; i++)
		take_fixes(json_object_array_get_idx(affected, i), erratum);
}

int kmend_osv_parse(const char *text, size_t size, struct kmend_errata *errata, struct kmend_error *error)
{
	_cleanup_json_ struct json_object *root = NULL;
	struct json_object *array;
	size_t count;
	int code = errata_json_parse(text, size, "the OSV file", &root, error);

	if (code)
		return code;
	array = json_object_is_type(root, json_type_array) ? root : errata_json_array(root, "vulns", &count);
	if (!array) {
		take(root, errata);
		return 0;
	}
	count = json_object_array_length(array);
	for (size_t i = 0; i < count && errata->count < MAX_ERRATA; i++)
		take(json_object_array_get_idx(array, i), errata);
	return 0;
}
