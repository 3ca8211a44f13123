// SPDX-License-Identifier: GPL-2.0
/*
 * Debian's security tracker: the list of advisories (data/DSA/list, data/DLA/list), and its export as JSON.
 *
 *   [07 Sep 2026] DSA-6251-1 linux - security update
 *   	{CVE-2026-52928 CVE-2026-53287}
 *   	[bookworm] - linux 6.1.187-1
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "internal.h"

/* "[DATE] ID TITLE" */
static struct kmend_erratum *read_advisory(const char *line, struct kmend_errata *errata)
{
	const char *close = strchr(line, ']'), *id, *end;
	struct kmend_erratum *erratum;
	_cleanup_free_ char *name = NULL;
	struct tm time = { 0 };

	if (*line != '[' || !close || close[1] != ' ')
		return NULL;
	id = close + 2;
	end = strchr(id, ' ');
	if (!end || (strncmp(id, "DSA-", 4) && strncmp(id, "DLA-", 4)))
		return NULL;
	name = kmend_strndup(id, end - id);
	erratum = kmend_errata_add(errata, name);
	kmend_errata_set(&erratum->title, end + 1);
	erratum->kind = KMEND_ERRATUM_SECURITY;
	erratum->reboot = true;
	if (strptime(line, "[%d %b %Y]", &time))
		erratum->issued = timegm(&time);
	return erratum;
}

/* "[SUITE] - PACKAGE VERSION"; "<not-affected>" and the like are no versions. */
static void read_fix(const char *line, struct kmend_erratum *erratum)
{
	char suite[64], package[128], version[128];
	struct kmend_erratum_fix *fix;

	if (sscanf(line, "[%63[^]]] - %127s %127s", suite, package, version) != 3 || *version == '<' ||
	    erratum->nr_fixes >= MAX_LIST)
		return;
	fix = kmend_erratum_add_fix(erratum, package, version);
	kmend_errata_set(&fix->suite, suite);
}

int kmend_dsa_list_parse(const char *text, size_t size, struct kmend_errata *errata, struct kmend_error *error)
{
	const char *end = text + size;
	bool any = false, in_advisory = false;

	for (const char *at = text; at < end && errata->count < MAX_ERRATA;) {
		const char *stop = memchr(at, '\n', end - at);
		_cleanup_free_ char *line = kmend_strndup(at, (stop ? stop : end) - at);
		const char *body = line;

		at = stop ? stop + 1 : end;
		for (char *c = line; *c; c++)
			*c = (unsigned char)*c < ' ' ? ' ' : *c;
		if (*line == '[') {
			in_advisory = read_advisory(line, errata);
			any |= in_advisory;
			continue;
		}
		while (*body == ' ')
			body++;
		if (!in_advisory || body == line)
			continue;
		if (*body == '{')
			kmend_cves_collect(body, strlen(body), &errata->items[errata->count - 1].cves);
		else
			read_fix(body, &errata->items[errata->count - 1]);
	}
	return any ? 0
		   : kmend_fail(error, KMEND_STATUS_BAD_MANIFEST, -EINVAL, "this is no list of Debian's advisories");
}

/* What one suite says of a CVE. */
static void take_release(struct json_object *release, const char *package, const char *suite, const char *cve,
			 const char *title, struct kmend_errata *errata)
{
	const char *version = errata_json_text(release, "fixed_version");
	struct kmend_erratum *erratum;

	/* "0": the suite never had the fault */
	if (strcmp(errata_json_text(release, "status"), "resolved") || !*version || !strcmp(version, "0") ||
	    errata->count >= MAX_ERRATA)
		return;
	erratum = kmend_errata_add(errata, cve);
	kmend_errata_set(&erratum->title, title);
	erratum->kind = KMEND_ERRATUM_SECURITY;
	erratum->reboot = true;
	erratum->severity = kmend_severity_parse(errata_json_text(release, "urgency"));
	kmend_strv_add(&erratum->cves, cve);
	kmend_errata_set(&kmend_erratum_add_fix(erratum, package, version)->suite, suite);
}

int kmend_tracker_parse(const char *text, size_t size, const char *package, const char *suite,
			struct kmend_errata *errata, struct kmend_error *error)
{
	_cleanup_json_ struct json_object *root = NULL;
	struct json_object *cves = NULL;
	int code = errata_json_parse(text, size, "the security tracker's file", &root, error);

	if (code)
		return code;
	if (!json_object_is_type(root, json_type_object) || !json_object_object_get_ex(root, package, &cves) ||
	    !json_object_is_type(cves, json_type_object))
		return kmend_fail(error, KMEND_STATUS_BAD_MANIFEST, -EINVAL,
				  "the security tracker's file does not speak of the package %s", package);
	json_object_object_foreach (cves, cve, facts) {
		struct json_object *releases = NULL;

		if (!kmend_cve_is_valid(cve) || !json_object_is_type(facts, json_type_object) ||
		    !json_object_object_get_ex(facts, "releases", &releases) ||
		    !json_object_is_type(releases, json_type_object))
			continue;
		json_object_object_foreach (releases, name, release) {
			if (!suite || !strcmp(suite, name))
				take_release(release, package, name, cve, errata_json_text(facts, "description"),
					     errata);
		}
	}
	return 0;
}
