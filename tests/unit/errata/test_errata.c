// SPDX-License-Identifier: GPL-2.0
/* Readers of vendors' errata, merging, versions, and the list that kmend writes itself. */
#include <string.h>

#include "core/errata/errata.h"
#include "tests/unit/tap.h"

static const char changelog[] = //
	"linux (6.1.180-1) bookworm-security; urgency=high\n\n"
	"  * New upstream stable update:\n"
	"    https://www.example.org/ChangeLog-6.1.178\n"
	"    - af_unix: Reject SIOCATMARK on non-stream sockets (CVE-2026-52928)\n"
	"    - smb: client: fix a read beyond the end in\n"
	"      coalesce_t2() (CVE-2026-11111, CVE-2026-11112)\n"
	"    - [x86] KVM: no fault at all\n\n"
	"  [ A Person ]\n"
	"  * ipv4: account for fraggap (CVE-2026-53366) (Closes: #1234)\n\n"
	" -- A Person <a@example.org>  Mon, 03 Aug 2026 20:40:40 +0200\n\n"
	"linux (6.1.176-1) bookworm; urgency=medium\n\n"
	"  * old (CVE-2020-1234)\n\n"
	" -- A Person <a@example.org>  Mon, 03 Aug 2025 20:40:40 +0200\n";

static void test_changelog(void)
{
	_cleanup_errata_ struct kmend_errata errata = { 0 };
	struct kmend_error error = { 0 };

	tap_ok(kmend_changelog_parse(changelog, strlen(changelog), "6.1.176-1", &errata, &error) == 0,
	       "a changelog is read");
	tap_ok(errata.count == 1 && !strcmp(errata.items[0].id, "linux-6.1.180-1"), "down to the version given");
	tap_ok(errata.items[0].issued == 1785782440, "its date");
	tap_ok(errata.items[0].cves.count == 4, "its CVEs");
	tap_ok(errata.nr_changes == 4, "an item each, no headings");
	tap_ok(!strcmp(errata.changes[0].subject, "af_unix: Reject SIOCATMARK on non-stream sockets"), "a subject");
	tap_ok(!strcmp(errata.changes[1].subject, "smb: client: fix a read beyond the end in coalesce_t2()"),
	       "a subject of two lines");
	tap_ok(errata.changes[1].cves.count == 2 && !strcmp(errata.changes[1].id, "CVE-2026-11111"), "two CVEs");
	tap_ok(!strcmp(errata.changes[2].id, "6.1.180-1-0003"), "one without a CVE has a name of its own");
	tap_ok(!strcmp(errata.changes[3].subject, "ipv4: account for fraggap"), "what it closes is no subject");
	tap_ok(kmend_changelog_parse("nothing\n", 8, NULL, &errata, &error) < 0 &&
		       error.status == KMEND_STATUS_BAD_MANIFEST,
	       "what is no changelog is told");
}

static const char dsa[] = //
	"[03 Aug 2026] DSA-6001-1 linux - security update\n"
	"\t{CVE-2026-52928 CVE-2026-11111}\n"
	"\t[bookworm] - linux 6.1.180-1\n"
	"[01 Aug 2026] DSA-6000-1 other - security update\n"
	"\t[bookworm] - other 1.0\n";

static const char tracker[] = //
	"{\"linux\":{\"CVE-2026-52928\":{\"description\":\"sockets\",\"releases\":{"
	"\"bookworm\":{\"status\":\"resolved\",\"fixed_version\":\"6.1.180-1\",\"urgency\":\"high\"},"
	"\"sid\":{\"status\":\"open\"}}},\"CVE-2026-2\":{}}}";

static const char osv[] = //
	"{\"id\":\"DSA-6001-1\",\"aliases\":[\"CVE-2026-11112\"],\"summary\":\"linux\",\"published\":\"2026-08-03T00:00:00Z\","
	"\"database_specific\":{\"severity\":\"HIGH\"},\"affected\":[{\"package\":{\"ecosystem\":\"Debian:12\",\"name\":\"linux\"},"
	"\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"6.1.180-1\"}]}]}]}";

static void test_merge(void)
{
	_cleanup_errata_ struct kmend_errata errata = { 0 }, more = { 0 }, osvs = { 0 }, tracked = { 0 };

	kmend_changelog_parse(changelog, strlen(changelog), "6.1.176-1", &errata, NULL);
	tap_ok(!kmend_dsa_list_parse(dsa, strlen(dsa), &more, NULL) && more.count == 2, "advisories are read");
	kmend_errata_narrow(&more, "linux", "6.1.176-1", NULL);
	tap_ok(more.count == 1, "those of other packages are left out");
	kmend_errata_merge(&errata, &more);
	tap_ok(errata.count == 1 && !strcmp(errata.items[0].id, "DSA-6001-1"),
	       "an advisory's id replaces a made-up one");
	tap_ok(!strcmp(errata.changes[0].erratum, "DSA-6001-1"), "its changes follow");
	tap_ok(!kmend_osv_parse(osv, strlen(osv), &osvs, NULL) && osvs.count == 1, "OSV is read");
	tap_ok(!strcmp(osvs.items[0].fixes[0].suite, "12"), "with its suite");
	kmend_errata_merge(&errata, &osvs);
	tap_ok(errata.items[0].severity == KMEND_SEVERITY_IMPORTANT, "a severity is taken over");
	tap_ok(!kmend_tracker_parse(tracker, strlen(tracker), "linux", "bookworm", &tracked, NULL) &&
		       tracked.count == 1 && tracked.items[0].severity == KMEND_SEVERITY_IMPORTANT,
	       "the tracker's JSON is read");
	tap_ok(kmend_tracker_parse("[]", 2, "linux", NULL, &tracked, NULL) < 0, "one that is none is told");
}

static void test_versions(void)
{
	static const struct {
		const char *older;
		const char *newer;
	} pairs[] = {
		{ "6.1.176-1", "6.1.180-1" },
		{ "6.1.99-1", "6.1.100-1" },
		{ "6.1~rc1-1", "6.1-1" },
		{ "6.1-1", "6.1-1+deb12u1" },
		{ "6.1-1~bpo12+1", "6.1-1" },
		{ "1.9-1", "1:1.0-1" },
		{ "1.0", "1.0-1" },
		{ "5.14.0-427.el9", "5.14.0-427.13.1.el9" },
		{ "a", "a1" },
		{ "5.14.0-427.el9_4", "5.14.0-427.10.1.el9_4" },
		{ "1.0~rc1-1.el9", "1.0-1.el9" },
		{ "1.0-1.el9", "1.0^git1-1.el9" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		tap_ok(kmend_version_compare(pairs[i].older, pairs[i].newer) < 0 &&
			       kmend_version_compare(pairs[i].newer, pairs[i].older) > 0,
		       "%s is older than %s", pairs[i].older, pairs[i].newer);
	tap_ok(!kmend_version_compare("1.02-1", "1.2-1") && !kmend_version_compare("0:1-1", "1-1"), "equal ones");
}

static void test_list(void)
{
	_cleanup_errata_ struct kmend_errata errata = { 0 }, again = { 0 };
	_cleanup_free_ char *text = NULL, *second = NULL;
	struct kmend_error error = { 0 };
	static const char wrong[] = "{\"schema\":1,\"changes\":[{\"id\":\"a\",\"diff\":\"../x\"}]}";

	kmend_changelog_parse(changelog, strlen(changelog), NULL, &errata, NULL);
	errata.release = kmend_strdup("6.1.0-50-amd64");
	errata.changes[0].verdict = KMEND_CHANGE_HOTPATCH;
	errata.changes[0].evidence = KMEND_EVIDENCE_COMMIT;
	text = kmend_errata_format(&errata);
	tap_ok(!kmend_errata_parse(text, strlen(text), &again, &error), "the list is read back");
	second = kmend_errata_format(&again);
	tap_ok(!strcmp(text, second), "unchanged");
	tap_ok(kmend_errata_parse(wrong, strlen(wrong), &again, &error) < 0 && strstr(error.message, "'diff'"),
	       "a path that leads out is refused");
}

int main(void)
{
	test_changelog();
	test_merge();
	test_versions();
	test_list();
	tap_ok(kmend_severity_parse("7.8") == KMEND_SEVERITY_IMPORTANT && kmend_severity_parse("11") == 0,
	       "CVSS scores have severities");
	tap_ok(kmend_cve_is_valid("CVE-2026-52928") && !kmend_cve_is_valid("CVE-26-1") &&
		       !kmend_cve_is_valid("CVE-2026-5292x"),
	       "names of CVEs");
	return tap_done();
}
