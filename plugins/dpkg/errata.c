// SPDX-License-Identifier: GPL-2.0
/*
 * Debian's errata of a kernel: the changelog of the newest kernel package of its series. Every binary package of the
 * source package carries the whole changelog; linux-libc-dev is the smallest of them.
 */
#include <errno.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "../../core/base/child.h"
#include "apt.h"
#include "dpkg.h"

#define CHANGELOG_PACKAGE "linux-libc-dev"
#define CHANGELOG_LIMIT (64 << 20)

static void archive_guard(struct archive **archive)
{
	archive_read_free(*archive);
}

/* A gzipped file's text. */
static int read_gzip(const char *path, struct kmend_buffer *text, struct kmend_error *error)
{
	_cleanup_(archive_guard) struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	char piece[65536];
	la_ssize_t size;

	if (!archive)
		kmend_oom();
	archive_read_support_filter_gzip(archive);
	archive_read_support_format_raw(archive);
	if (archive_read_open_filename(archive, path, sizeof(piece)) != ARCHIVE_OK ||
	    archive_read_next_header(archive, &entry) != ARCHIVE_OK)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "cannot read %s: %s", path,
				  archive_error_string(archive));
	while ((size = archive_read_data(archive, piece, sizeof(piece))) > 0) {
		if (text->size + size > CHANGELOG_LIMIT)
			return kmend_fail(error, KMEND_STATUS_FAILURE, -EFBIG, "%s is too large", path);
		kmend_buffer_add(text, piece, size);
	}
	if (size < 0)
		return kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "cannot read %s: %s", path,
				  archive_error_string(archive));
	return 0;
}

static int find(struct kmend_apt *apt, const char *name, const char *version, struct kmend_progress *progress,
		struct kmend_apt_package **ret_package, struct kmend_error *error)
{
	int code = kmend_apt_find(apt, name, version, ret_package, error);

	if (code == -ENOENT && !apt->is_fresh && !kmend_apt_update(apt, progress, NULL))
		code = kmend_apt_find(apt, name, version, ret_package, error);
	if (code != -ENOENT)
		return code;
	kmend_fail(error, KMEND_STATUS_NO_KERNEL, code, "the package sources do not have %s%s%s", name,
		   version ? " in version " : "", version ? version : "");
	kmend_advise(error, "Run 'apt update', or give a changelog with --from.");
	return code;
}

static int read_changelog(const char *deb, const char *scratch, const char *after, struct kmend_errata *errata,
			  struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_path(scratch, "usr/share/doc/" CHANGELOG_PACKAGE "/changelog.Debian.gz");
	_cleanup_buffer_ struct kmend_buffer text = { 0 };
	struct kmend_child child = { .argv = (const char *const[]){ "dpkg-deb", "-x", deb, scratch, NULL } };
	int code = kmend_child_check(&child, error);

	if (!code)
		code = read_gzip(path, &text, error);
	return code ? code : kmend_changelog_parse(text.data ? text.data : "", text.size, after, errata, error);
}

/* "6.1.0-50-amd64": "6.1.0-" and "-amd64", between which the ABI's number is. */
static bool split_release(const char *release, char **ret_begin, char **ret_end)
{
	const char *dash = strchr(release, '-');
	size_t digits = dash ? strspn(dash + 1, "0123456789") : 0;

	if (!digits || dash[1 + digits] != '-')
		return false;
	*ret_begin = kmend_format("linux-headers-%.*s-", (int)(dash - release), release);
	*ret_end = kmend_strdup(dash + 1 + digits);
	return true;
}

/* The release of the kernel of a version: the one of the same kind whose headers are of it. */
static char *release_of(struct kmend_apt *apt, const char *release, const char *version)
{
	_cleanup_free_ char *begin = NULL, *end = NULL;
	_cleanup_strv_ struct kmend_strv names = { 0 };

	if (!split_release(release, &begin, &end) || kmend_apt_names(apt, begin, &names, NULL))
		return NULL;
	for (size_t i = names.count; i-- > 0;) {
		struct kmend_apt_package *package = NULL;
		const char *rest = names.items[i] + strlen(begin);

		if (strcmp(rest + strspn(rest, "0123456789"), end) ||
		    kmend_apt_find(apt, names.items[i], version, &package, NULL))
			continue;
		kmend_apt_package_free(package);
		return kmend_strdup(names.items[i] + strlen("linux-headers-"));
	}
	return NULL;
}

static int fill(struct kmend_apt *apt, const char *release, const char *version, struct kmend_progress *progress,
		struct kmend_errata *errata, struct kmend_error *error)
{
	_cleanup_apt_package_ struct kmend_apt_package *own = NULL, *newest = NULL;
	_cleanup_free_ char *name = kmend_format("linux-headers-%s", release), *deb = NULL, *scratch = NULL;
	int code = version ? 0 : find(apt, name, NULL, progress, &own, error);

	if (!code)
		code = find(apt, CHANGELOG_PACKAGE, NULL, progress, &newest, error);
	if (code)
		return code;
	version = version ? version : own->version;
	deb = kmend_apt_cached(apt, newest);
	if (!deb) {
		kmend_step_begin(progress, "fetch", newest->name);
		code = kmend_apt_download(apt, newest, progress, &deb, error);
		if (code) {
			kmend_step_fail(progress);
			return code;
		}
		kmend_step_end(progress, "%s %s", newest->name, newest->version);
	}
	code = kmend_temporary_directory("kmend-errata", &scratch, error);
	if (code)
		return code;
	code = read_changelog(deb, scratch, version, errata, error);
	kmend_remove_tree(scratch, NULL);
	if (code)
		return code;
	kmend_errata_narrow(errata, "linux", version, NULL);
	kmend_errata_sort(errata);
	errata->release = kmend_strdup(release);
	errata->version = kmend_strdup(version);
	errata->to = kmend_strdup(newest->version);
	errata->to_release = release_of(apt, release, newest->version);
	return 0;
}

int kmend_dpkg_errata(const char *release, const char *version, const char *cache, struct kmend_progress *progress,
		      struct kmend_errata *errata, struct kmend_error *error)
{
	struct kmend_apt apt = { .cache = cache };
	int code = kmend_mkdir_parents(cache, 0755, error);

	if (!code)
		code = fill(&apt, release, version, progress, errata, error);
	kmend_apt_free(&apt);
	return code;
}
