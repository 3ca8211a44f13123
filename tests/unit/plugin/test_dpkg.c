// SPDX-License-Identifier: GPL-2.0
/* What apt's index and the running kernel's name say. */
#include <string.h>

#include "plugins/dpkg/apt.h"
#include "plugins/dpkg/dpkg.h"
#include "plugins/dpkg/realtime.h"
#include "tap.h"

#define DIGEST "91a7929ce639f4199e9ff7f929236cdfdcb5511dba613af5094369e95ca241da"

static struct kmend_apt_package *parse(const char *text)
{
	return kmend_apt_parse_stanza(text, strlen(text));
}

static void refused(const char *what, const char *text)
{
	struct kmend_apt_package *package = parse(text);

	ok(!package, "%s", what);
	kmend_apt_package_free(package);
}

static void test_series(void)
{
	_cleanup_strv_ struct kmend_strv names = { 0 }, none = { 0 };

	kmend_dpkg_series_read("# comment\n0001-a.patch\n\n  features/b.patch -p1 # why\n#0002-c.patch\nlast.patch",
			       &names);
	tap_is_int(names.count, 3, "patches of a series, without comments and empty lines");
	if (names.count == 3) {
		is(names.items[0], "0001-a.patch", "the first");
		is(names.items[1], "features/b.patch", "without its options");
		is(names.items[2], "last.patch", "the last, without a newline");
	}
	kmend_dpkg_series_read("", &none);
	tap_is_int(none.count, 0, "an empty series");
	ok(kmend_dpkg_is_realtime("6.1.0-50-rt-amd64") && !kmend_dpkg_is_realtime("6.1.0-50-amd64"),
	   "real-time kernels by their names");
}

int main(void)
{
	_cleanup_free_ char *version =
		kmend_dpkg_version_of_uname("#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-07-02)");
	_cleanup_free_ char *other = kmend_dpkg_version_of_uname("#1 SMP Fri Jul 3 2026");
	struct kmend_apt_package *package;

	is(version, "6.1.176-1", "Debian's version in uname -v");
	is(other, NULL, "another's kernel has none");
	package =
		parse("Package: linux-headers-6.1.0-50-amd64\nSource: linux\nVersion: 6.1.176-1\nArchitecture: amd64\n"
		      "Depends: a (= 1), b\nDescription: Headers\n Version: 9\nSize: 1688232\nSHA256: " DIGEST "\n");
	ok(package, "a stanza");
	if (package) {
		is(package->name, "linux-headers-6.1.0-50-amd64", "its name");
		is(package->version, "6.1.176-1", "its version, not one in a continued line");
		is(package->depends, "a (= 1), b", "what it depends on");
		is(package->sha256, DIGEST, "its digest");
		tap_is_int(package->size, 1688232, "its size");
	}
	kmend_apt_package_free(package);
	refused("what is only installed cannot be downloaded", "Package: a\nVersion: 1\nArchitecture: all\n");
	refused("a short digest", "Package: a\nVersion: 1\nArchitecture: all\nSize: 1\nSHA256: 91a7\n");
	refused("no size", "Package: a\nVersion: 1\nArchitecture: all\nSHA256: " DIGEST "\n");
	refused("nothing", "");
	test_series();
	return done_testing();
}
