// SPDX-License-Identifier: GPL-2.0
/*
 * Errata of a kernel: the updateinfo.xml of the machine's repositories, as dnf has fetched and verified them. dnf is asked to
 * fetch what it does not have yet; its cache is where it keeps it.
 */
#include <errno.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../core/base/child.h"
#include "../../core/base/file.h"
#include "rpm.h"
#include "updateinfo.h"

#define PRIVATE_CACHES "/var/tmp/dnf-"

/*
 * Of dnf as root, of dnf5, and of dnf as somebody else. Who has gone over to dnf5 may have what dnf fetched last lying there:
 * both are read. The last one counts only where there is no other.
 */
static const struct {
	const char *pattern;
	bool is_private;
} caches[] = {
	{ "/var/cache/dnf/*/repodata/*updateinfo.xml*", false },
	{ "/var/cache/libdnf5/*/repodata/*updateinfo.xml*", false },
	{ PRIVATE_CACHES "*/*/repodata/*updateinfo.xml*", true },
};

/* Packages of one kernel have the same version; a vendor's advisory names some of them. The first one found counts. */
static const char *const kernels[] = { "kernel-core", "kernel", "kernel-rt-core", "kernel-64k-core", "linux" };

static bool mends_kernel(const struct kmend_erratum *erratum, const char *package)
{
	for (size_t i = 0; i < erratum->nr_fixes; i++)
		if (!strcmp(erratum->fixes[i].package, package))
			return true;
	return false;
}

/* A real-time kernel's errata are not the plain one's, and the other way round. */
static const char *series_of(const char *release, const struct kmend_errata *errata)
{
	bool real_time = strstr(release, "+rt") || strstr(release, ".rt") || strstr(release, "-rt");

	for (size_t i = 0; i < KMEND_ARRAY_SIZE(kernels); i++) {
		if (!!strstr(kernels[i], "-rt") != real_time)
			continue;
		for (size_t j = 0; j < errata->count; j++)
			if (mends_kernel(&errata->items[j], kernels[i]))
				return kernels[i];
	}
	return NULL;
}

/*
 * Anybody can make a directory in /var/tmp that looks like somebody's cache: only one's own is believed. Nobody else can
 * put another in its place, since that directory is sticky.
 */
static bool is_own(const char *path)
{
	_cleanup_free_ char *directory = NULL;
	struct stat status;

	if (!kmend_starts_with(path, PRIVATE_CACHES))
		return true;
	directory = kmend_strndup(path, strlen(PRIVATE_CACHES) + strcspn(path + strlen(PRIVATE_CACHES), "/"));
	return !lstat(directory, &status) && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
	       !(status.st_mode & (S_IWGRP | S_IWOTH));
}

static int read_caches(struct kmend_errata *errata, size_t *ret_files, struct kmend_error *error)
{
	glob_t found = { 0 };
	int code = 0;

	*ret_files = 0;
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(caches) && !code; i++) {
		if ((caches[i].is_private && *ret_files) || glob(caches[i].pattern, 0, NULL, &found))
			continue;
		for (size_t j = 0; j < found.gl_pathc && !code; j++)
			if (is_own(found.gl_pathv[j])) {
				code = kmend_updateinfo_read(found.gl_pathv[j], errata, error);
				++*ret_files;
			}
		globfree(&found);
	}
	return code;
}

/* Without a network, or without dnf, what is there has to do. */
static void refresh(struct kmend_progress *progress)
{
	static const char *const argv[] = { "dnf", "-q", "makecache", NULL };
	struct kmend_child child = { .argv = argv };

	kmend_step_begin(progress, "fetch", "the repositories' metadata (dnf makecache)");
	if (kmend_child_check(&child, NULL))
		kmend_step_fail(progress);
	else
		kmend_step_end(progress, "by dnf");
}

static const char *newest(const struct kmend_errata *errata, const char *package)
{
	const char *version = NULL;

	for (size_t i = 0; i < errata->count; i++)
		for (size_t j = 0; j < errata->items[i].nr_fixes; j++) {
			const struct kmend_erratum_fix *fix = &errata->items[i].fixes[j];

			if (!strcmp(fix->package, package) &&
			    (!version || kmend_version_compare(fix->version, version) > 0))
				version = fix->version;
		}
	return version;
}

/* The kernel's advisory that an update is for: one that names a CVE of it. */
static const char *erratum_of(const struct kmend_errata *errata, const struct kmend_strv *cves, const char *kernel)
{
	for (size_t i = 0; i < errata->count; i++)
		for (size_t j = 0; j < cves->count && mends_kernel(&errata->items[i], kernel); j++)
			if (kmend_strv_has(&errata->items[i].cves, cves->items[j]))
				return errata->items[i].id;
	return "";
}

/*
 * Advisories of updates (updateinfo_write.c: KMEND-RELEASE-ID, naming the hotpatch package) say which CVEs an update that can
 * be had mends.
 */
static void add_hotpatches(struct kmend_errata *errata, const char *release, const char *kernel)
{
	_cleanup_free_ char *prefix = kmend_rpm_package_name(release, "");
	_cleanup_free_ char *ids = kmend_format("KMEND-%s-", release);

	for (size_t i = 0; i < errata->count; i++) {
		const struct kmend_erratum *erratum = &errata->items[i];
		const char *id = erratum->id + strlen(ids);
		struct kmend_piece *change;

		if (!kmend_starts_with(erratum->id, ids) || !kmend_id_is_valid(id) ||
		    kmend_errata_find_change(errata, id))
			continue;
		change = kmend_errata_add_change(errata, id);
		kmend_errata_set(&change->subject, erratum->title);
		kmend_errata_set(&change->erratum, erratum_of(errata, &erratum->cves, kernel));
		for (size_t j = 0; j < erratum->cves.count; j++)
			kmend_strv_add(&change->cves, erratum->cves.items[j]);
		change->verdict = KMEND_CHANGE_HOTPATCH;
		for (size_t j = 0; j < erratum->nr_fixes; j++)
			if (kmend_starts_with(erratum->fixes[j].package, prefix))
				kmend_errata_set(&change->package, erratum->fixes[j].package);
	}
}

int kmend_rpm_errata(const char *release, const char *version, const char *cache, struct kmend_progress *progress,
		     struct kmend_errata *errata, struct kmend_error *error)
{
	const char *package, *to;
	size_t files;
	int code;

	(void)cache; /* dnf has its own */
	if (!geteuid())
		refresh(progress);
	code = read_caches(errata, &files, error);
	if (code)
		return code;
	if (!files) {
		kmend_fail(error, KMEND_STATUS_FAILURE, -ENOENT, "no repository of this machine has told of errata");
		kmend_advise(error, "Run 'dnf makecache' as root; see 'dnf updateinfo list --all'.");
		return -ENOENT;
	}
	package = series_of(release, errata);
	if (!package) {
		kmend_errata_clear(errata);
		return 0;
	}
	to = newest(errata, package);
	if (to && !errata->to)
		errata->to = kmend_strdup(to);
	add_hotpatches(errata, release, package);
	kmend_errata_narrow(errata, package, version, NULL);
	kmend_errata_sort(errata);
	return 0;
}
