// SPDX-License-Identifier: GPL-2.0
/* write_package: the package of each kind, and what all kinds share. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "../../core/base/file.h"
#include "dpkg.h"
#include "package.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const char copyright[] = //
	"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
	"Comment: made by kmend from changes to, and headers of, the Linux kernel.\n"
	"\n"
	"Files: *\n"
	"Copyright: 1991 onwards, the authors of the Linux kernel\n"
	" 2026 onwards, the authors of kmend\n"
	"License: GPL-2.0-only\n"
	" This package is free software; you can redistribute it and/or modify it under\n"
	" the terms of the GNU General Public License, version 2, as published by the\n"
	" Free Software Foundation.\n"
	" .\n"
	" This package is distributed in the hope that it will be useful, but WITHOUT\n"
	" ANY WARRANTY; without even the implied warranty of MERCHANTABILITY or FITNESS\n"
	" FOR A PARTICULAR PURPOSE. See the GNU General Public License for more details.\n"
	" .\n"
	" On Debian systems, the complete text of the GNU General Public License,\n"
	" version 2, is in /usr/share/common-licenses/GPL-2.\n";

void kmend_package_clear(struct kmend_package *package)
{
	free(package->name);
	free(package->version);
	free(package->maintainer);
	kmend_deb_free(&package->deb);
}

char *kmend_dpkg_name(const char *prefix, const char *release, const char *id)
{
	char *name = kmend_format("%s-%s%s%s", prefix, release, id ? "-" : "", id ? id : "");

	for (char *c = name; *c; c++)
		*c = *c == '_' ? '-' : tolower((unsigned char)*c);
	return name;
}

char *kmend_dpkg_package_name(const char *release, const char *id)
{
	unsigned int edition;
	_cleanup_free_ char *stem = kmend_package_stem(id, &edition);

	return kmend_dpkg_name("kmend-patch", release, stem);
}

/* Debian Policy 5.6.1. */
bool kmend_dpkg_name_is_valid(const char *name)
{
	size_t size = strspn(name, LOWER DIGITS "+-.");

	return size >= 2 && size < 200 && !name[size] && isalnum((unsigned char)name[0]);
}

/* deb-version(7): [epoch:]upstream[-revision]. */
static bool is_version(const char *version)
{
	const char *colon = strchr(version, ':'), *upstream = colon ? colon + 1 : version,
		   *dash = strrchr(upstream, '-');

	if (colon && (colon == version || colon > version + 6 || strspn(version, DIGITS) != (size_t)(colon - version)))
		return false;
	if (!isdigit((unsigned char)upstream[0]) || strlen(upstream) > 100 ||
	    upstream[strspn(upstream, LOWER UPPER DIGITS ".+~-")])
		return false;
	return !dash || dash[1];
}

int kmend_package_identify(struct kmend_package *package, char *name, const char *version, struct kmend_error *error)
{
	package->name = name;
	if (!kmend_dpkg_name_is_valid(name))
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "'%s' cannot be the name of a Debian package",
				  name);
	if (!is_version(version))
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "'%s' is not a Debian version", version);
	package->version = kmend_strdup(version);
	return 0;
}

/* A version without a revision is a native package's, whose changelog has another name (Policy 12.7). */
static int add_changelog(struct kmend_package *package, const char *change, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer text = { 0 }, packed = { 0 };
	bool native = !strchr(package->version, '-');
	time_t time = package->deb.time;
	char date[64];
	struct tm broken;
	int code;

	gmtime_r(&time, &broken);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &broken);
	kmend_buffer_addf(&text, "%s (%s) stable; urgency=high\n\n  * %s\n\n -- %s  %s\n", package->name,
			  package->version, change, package->maintainer, date);
	code = kmend_deb_gzip(text.data, text.size, &packed, error);
	if (!code)
		kmend_deb_add_data(&package->deb, packed.data, packed.size, "usr/share/doc/%s/changelog%s.gz",
				   package->name, native ? "" : ".Debian");
	return code;
}

int kmend_package_complete(struct kmend_package *package, const char *further_fields, const char *synopsis,
			   const char *body, const char *change, struct kmend_error *error)
{
	_cleanup_buffer_ struct kmend_buffer description = { 0 };

	kmend_buffer_addf(&package->deb.fields,
			  "Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: %s\n"
			  "Section: kernel\nPriority: optional\n%s",
			  package->name, package->version, package->maintainer, further_fields);
	kmend_buffer_addf(&description, "%s\n", synopsis);
	kmend_text_fold(&description, body);
	description.data[description.size - 1] = '\0'; /* the final newline is the field's */
	package->deb.description = kmend_strdup(description.data);
	kmend_deb_add_data(&package->deb, copyright, strlen(copyright), "usr/share/doc/%s/copyright", package->name);
	return add_changelog(package, change, error);
}

static char *output_path(const struct kmend_package *package, const char *output)
{
	const char *version = strchr(package->version, ':');
	_cleanup_free_ char *name =
		kmend_format("%s_%s_amd64.deb", package->name, version ? version + 1 : package->version);
	struct stat status;

	if (!output)
		return kmend_steal(name);
	if (!stat(output, &status) && S_ISDIR(status.st_mode))
		return kmend_path(output, name);
	return kmend_strdup(output);
}

static int (*const kinds[])(const struct kmend_package_request *, struct kmend_package *, struct kmend_error *) = {
	[KMEND_PACKAGE_UPDATE] = kmend_package_update,
	[KMEND_PACKAGE_SEED] = kmend_package_seed,
	[KMEND_PACKAGE_MODULE] = kmend_package_module,
};

int kmend_dpkg_write_package(const struct kmend_package_request *request, char **ret_path, struct kmend_error *error)
{
	_cleanup_package_ struct kmend_package package = { 0 };
	_cleanup_buffer_ struct kmend_buffer bytes = { 0 };
	_cleanup_free_ char *path = NULL;
	int code;

	if (request->kind >= KMEND_ARRAY_SIZE(kinds))
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "there is no such kind of package");
	if (request->release && !kmend_release_is_valid(request->release))
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "'%s' is not a kernel release", request->release);
	code = kmend_package_maintainer(request, &package.maintainer, error);
	if (!code)
		code = kinds[request->kind](request, &package, error);
	if (!code)
		code = kmend_deb_build(&package.deb, &bytes, error);
	if (code)
		return code;
	path = output_path(&package, request->output);
	code = kmend_file_write_atomic(path, bytes.data, bytes.size, 0644, error);
	if (code)
		return code;
	*ret_path = kmend_steal(path);
	return 0;
}
