// SPDX-License-Identifier: GPL-2.0
/*
 * A flat package repository (deb [signed-by=…] URL ./): Packages, Packages.gz, Release, and signed InRelease. Written by
 * ourselves: the same packages give the same bytes, and the builder needs no apt-utils.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "../../core/base/child.h"
#include "../../core/base/file.h"
#include "dpkg.h"

static int list_debs(const char *directory, struct kmend_strv *names, struct kmend_error *error)
{
	_cleanup_closedir_ DIR *dir = opendir(directory);
	struct dirent *entry;

	if (!dir)
		return kmend_fail_errno(error, -errno, "cannot read %s", directory);
	while ((entry = readdir(dir)))
		if (kmend_ends_with(entry->d_name, ".deb"))
			kmend_strv_add(names, entry->d_name);
	kmend_strv_sort(names);
	return 0;
}

static int add_stanza(const char *directory, const char *name, struct kmend_buffer *packages, struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_path(directory, name);
	_cleanup_buffer_ struct kmend_buffer fields = { 0 };
	struct kmend_child child = { .argv = (const char *const[]){ "dpkg-deb", "--field", path, NULL },
				     .output = &fields };
	char digest[KMEND_SHA256_HEX];
	struct stat status;
	int code = kmend_child_check(&child, error);

	if (!code)
		code = kmend_sha256_file(path, digest, error);
	if (!code && stat(path, &status) < 0)
		code = kmend_fail_errno(error, -errno, "cannot look at %s", path);
	if (code)
		return code;
	kmend_buffer_addf(packages, "%sFilename: ./%s\nSize: %lld\nSHA256: %s\n\n", fields.data ? fields.data : "",
			  name, (long long)status.st_size, digest);
	return 0;
}

static int write_file(const char *directory, const char *name, const struct kmend_buffer *text,
		      struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_path(directory, name);

	return kmend_file_write_atomic(path, text->data ? text->data : "", text->size, 0644, error);
}

/* gzip -n: no name, no time, so the same bytes each time. */
static int compress(const char *directory, struct kmend_buffer *packed, struct kmend_error *error)
{
	_cleanup_free_ char *path = kmend_path(directory, "Packages");
	struct kmend_child child = { .argv = (const char *const[]){ "gzip", "-9nc", path, NULL }, .output = packed };

	return kmend_child_check(&child, error);
}

static void add_sum(struct kmend_buffer *release, const char *name, const struct kmend_buffer *text)
{
	char digest[KMEND_SHA256_HEX];

	kmend_sha256(text->data ? text->data : "", text->size, digest);
	kmend_buffer_addf(release, " %s %zu %s\n", digest, text->size, name);
}

static int sign(const struct kmend_repository_request *request, struct kmend_error *error)
{
	_cleanup_free_ char *release = kmend_path(request->directory, "Release");
	_cleanup_free_ char *signed_release = kmend_path(request->directory, "InRelease");
	struct kmend_child child = {
		.argv = (const char *const[]){ "gpg", "--batch", "--yes", "--local-user", request->key, "--digest-algo",
					       "SHA256", "--clearsign", "--output", signed_release, release, NULL },
	};
	int code;

	if (!request->key) {
		/* One of an earlier build would not fit any more. */
		unlink(signed_release);
		return 0;
	}
	code = kmend_child_check(&child, error);
	if (code)
		kmend_advise(error, "gpg has to know the secret key '%s' and must not have to ask for its passphrase.",
			     request->key);
	return code;
}

int kmend_dpkg_write_repository(const struct kmend_repository_request *request, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer packages = { 0 }, packed = { 0 }, release = { 0 };
	_cleanup_strv_ struct kmend_strv names = { 0 };
	time_t when = request->time;
	struct tm utc;
	char date[64];
	int code = list_debs(request->directory, &names, error);

	for (size_t i = 0; i < names.count && !code; i++)
		code = add_stanza(request->directory, names.items[i], &packages, error);
	if (!code)
		code = write_file(request->directory, "Packages", &packages, error);
	if (!code)
		code = compress(request->directory, &packed, error);
	if (!code)
		code = write_file(request->directory, "Packages.gz", &packed, error);
	if (code)
		return code;
	gmtime_r(&when, &utc);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S UTC", &utc);
	kmend_buffer_addf(&release, "Origin: %s\nLabel: kmend\nSuite: kmend\nCodename: kmend\nDate: %s\n",
			  request->origin, date);
	kmend_buffer_addf(&release, "Architectures: all amd64\nDescription: kmend hotpatches\nSHA256:\n");
	add_sum(&release, "Packages", &packages);
	add_sum(&release, "Packages.gz", &packed);
	code = write_file(request->directory, "Release", &release, error);
	return code ? code : sign(request, error);
}
