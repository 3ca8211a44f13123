// SPDX-License-Identifier: GPL-2.0
/* Advisories of our own, one for each hotpatch package, so that dnf updateinfo and dnf upgrade --security know them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <rpm/header.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmts.h>

#include "../../core/base/file.h"
#include "../../core/container/container.h"
#include "rpm.h"
#include "updateinfo.h"

#define PATCH_PREFIX "kmend-patch-"

struct packages {
	struct named_package {
		char *file;
		Header header;
	} * items;
	size_t count;
};

static void packages_clear(struct packages *packages)
{
	for (size_t i = 0; i < packages->count; i++) {
		free(packages->items[i].file);
		headerFree(packages->items[i].header);
	}
	free(packages->items);
}

static int compare_packages(const void *a, const void *b)
{
	return strcmp(((const struct named_package *)a)->file, ((const struct named_package *)b)->file);
}

/* Any text as XML's: what XML cannot hold at all becomes a question mark. (The manifest's texts are valid UTF-8.) */
static void add_text(struct kmend_buffer *buffer, const char *text)
{
	for (; *text; text++) {
		const char *escaped = *text == '&'   ? "&amp;"
				      : *text == '<' ? "&lt;"
				      : *text == '>' ? "&gt;"
				      : *text == '"' ? "&quot;"
						     : NULL;

		if (escaped)
			kmend_buffer_addf(buffer, "%s", escaped);
		else if ((unsigned char)*text < ' ' && *text != '\n' && *text != '\t')
			kmend_buffer_addf(buffer, "?");
		else
			kmend_buffer_add(buffer, text, 1);
	}
}

static void add_element(struct kmend_buffer *buffer, const char *name, const char *text)
{
	kmend_buffer_addf(buffer, "    <%s>", name);
	add_text(buffer, text);
	kmend_buffer_addf(buffer, "</%s>\n", name);
}

/* The erratum that an update mends: named by its manifest, or the one that names its first CVE. */
static const struct kmend_erratum *erratum_of(const struct kmend_manifest *manifest,
					      const struct kmend_errata *const *lists)
{
	for (; lists && *lists; lists++) {
		const struct kmend_erratum *erratum =
			*manifest->erratum ? kmend_errata_find(*lists, manifest->erratum) : NULL;

		for (size_t i = 0; !erratum && manifest->cves.count && i < (*lists)->count; i++)
			if (kmend_strv_has(&(*lists)->items[i].cves, manifest->cves.items[0]))
				erratum = &(*lists)->items[i];
		if (erratum)
			return erratum;
	}
	return NULL;
}

/* dnf shows and compares these words as they are. */
static const char *severity_word(const struct kmend_erratum *erratum)
{
	static const char *const words[] = { "None", "Low", "Moderate", "Important", "Critical" };

	return erratum && erratum->severity < KMEND_ARRAY_SIZE(words) ? words[erratum->severity] : words[0];
}

static void add_references(struct kmend_buffer *text, const struct kmend_manifest *manifest,
			   const struct kmend_erratum *erratum)
{
	_cleanup_strv_ struct kmend_strv cves = { 0 };

	/* Many an update is named by the CVE that it mends. */
	if (kmend_cve_is_valid(manifest->id))
		kmend_strv_add(&cves, manifest->id);
	for (size_t i = 0; i < manifest->cves.count; i++)
		if (!kmend_strv_has(&cves, manifest->cves.items[i]))
			kmend_strv_add(&cves, manifest->cves.items[i]);
	kmend_buffer_addf(text, "    <references>\n");
	for (size_t i = 0; i < cves.count; i++)
		kmend_buffer_addf(
			text,
			"      <reference href=\"https://cve.org/CVERecord?id=%s\" id=\"%s\" type=\"cve\" title=\"%s\"/>\n",
			cves.items[i], cves.items[i], cves.items[i]);
	for (size_t i = 0; erratum && i < erratum->references.count; i++) {
		kmend_buffer_addf(text, "      <reference type=\"other\" title=\"");
		add_text(text, erratum->id);
		kmend_buffer_addf(text, "\" id=\"");
		add_text(text, erratum->id);
		kmend_buffer_addf(text, "\" href=\"");
		add_text(text, erratum->references.items[i]);
		kmend_buffer_addf(text, "\"/>\n");
	}
	kmend_buffer_addf(text, "    </references>\n");
}

/* One package of an advisory. */
static void add_named_package(struct kmend_buffer *text, Header header, const char *file)
{
	const char *source = headerGetString(header, RPMTAG_SOURCERPM);

	kmend_buffer_addf(
		text,
		"        <package name=\"%s\" epoch=\"%llu\" version=\"%s\" release=\"%s\" arch=\"%s\" src=\"%s\">\n"
		"          <filename>",
		headerGetString(header, RPMTAG_NAME), (unsigned long long)headerGetNumber(header, RPMTAG_EPOCH),
		headerGetString(header, RPMTAG_VERSION), headerGetString(header, RPMTAG_RELEASE),
		headerGetString(header, RPMTAG_ARCH), source ? source : "");
	add_text(text, file);
	kmend_buffer_addf(text, "</filename>\n        </package>\n");
}

static bool recommends(Header header, const char *name)
{
	rpmtd names = rpmtdNew();
	const char *next;
	bool found = false;

	headerGet(header, RPMTAG_RECOMMENDNAME, names, HEADERGET_MINMEM);
	while (!found && (next = rpmtdNextString(names)))
		found = !strcmp(next, name);
	rpmtdFreeData(names);
	rpmtdFree(names);
	return found;
}

/*
 * `dnf upgrade --security` upgrades what an advisory names. The update is new on a machine, so it comes with its seed, and
 * the seed has to be named as well.
 */
static void add_packages(struct kmend_buffer *text, const struct packages *packages, size_t update)
{
	const char *name = headerGetString(packages->items[update].header, RPMTAG_NAME);

	kmend_buffer_addf(text, "    <pkglist>\n      <collection short=\"kmend\">\n        <name>kmend</name>\n");
	for (size_t i = 0; i < packages->count; i++)
		if (i == update || recommends(packages->items[i].header, name))
			add_named_package(text, packages->items[i].header, packages->items[i].file);
	kmend_buffer_addf(text, "      </collection>\n    </pkglist>\n");
}

static void add_advisory(struct kmend_buffer *text, const struct packages *packages, size_t update, const char *origin,
			 const struct kmend_manifest *manifest, const struct kmend_erratum *erratum)
{
	_cleanup_free_ char *id = kmend_format("KMEND-%s-%s", manifest->release, manifest->id);
	time_t issued = headerGetNumber(packages->items[update].header, RPMTAG_BUILDTIME);
	bool security = manifest->cves.count || kmend_cve_is_valid(manifest->id) ||
			(erratum && erratum->kind == KMEND_ERRATUM_SECURITY);
	char date[32];
	struct tm broken;

	gmtime_r(&issued, &broken);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &broken);
	kmend_buffer_addf(text, "  <update from=\"");
	add_text(text, origin ? origin : "kmend");
	kmend_buffer_addf(text, "\" status=\"final\" type=\"%s\" version=\"1\">\n", security ? "security" : "bugfix");
	add_element(text, "id", id);
	add_element(text, "title", erratum && *erratum->title ? erratum->title : manifest->id);
	kmend_buffer_addf(text, "    <issued date=\"%s\"/>\n    <updated date=\"%s\"/>\n", date, date);
	add_element(text, "severity", severity_word(erratum));
	add_element(text, "description", manifest->description);
	add_references(text, manifest, erratum);
	add_packages(text, packages, update);
	kmend_buffer_addf(text, "  </update>\n");
}

static Header read_header(const char *path)
{
	rpmts transaction = rpmtsCreate();
	FD_t file = Fopen(path, "r.ufdio");
	Header header = NULL;
	rpmRC code;

	/* Of one's own packages: whether they are signed is the metadata's readers' business. */
	rpmtsSetVSFlags(transaction, RPMVSF_MASK_NOSIGNATURES);
	code = file ? rpmReadPackageFile(transaction, file, path, &header) : RPMRC_FAIL;
	if (file)
		Fclose(file);
	rpmtsFree(transaction);
	if (code == RPMRC_OK || code == RPMRC_NOKEY || code == RPMRC_NOTTRUSTED)
		return header;
	headerFree(header);
	return NULL;
}

static void remove_work(char **directory)
{
	if (*directory)
		kmend_remove_tree(*directory, NULL);
	free(*directory);
}

static int read_manifest(const char *path, struct kmend_manifest **ret_manifest, struct kmend_error *error)
{
	_cleanup_(remove_work) char *directory = NULL;
	_cleanup_free_ char *manifest = NULL, *text = NULL;
	size_t size;
	int code = kmend_temporary_directory("kmend-rpm", &directory, error);

	if (code)
		return code;
	manifest = kmend_path(directory, "manifest.json");
	code = kmend_rpm_read_package(path, directory, error);
	if (!code)
		code = kmend_file_read(manifest, KMEND_CONTAINER_MAX_MANIFEST, &text, &size, error);
	return code ? code : kmend_manifest_parse(text, size, ret_manifest, error);
}

static int read_packages(const char *directory, struct packages *packages, struct kmend_error *error)
{
	_cleanup_closedir_ DIR *dir = opendir(directory);
	struct dirent *entry;

	if (!dir)
		return kmend_fail_errno(error, -errno, "cannot read the directory %s", directory);
	while ((entry = readdir(dir))) {
		_cleanup_free_ char *path = kmend_path(directory, entry->d_name);
		struct named_package *package;
		Header header;

		if (!kmend_ends_with(entry->d_name, ".rpm") || kmend_ends_with(entry->d_name, ".src.rpm"))
			continue;
		header = read_header(path);
		if (!header)
			return kmend_fail(error, KMEND_STATUS_DAMAGED, -EBADMSG, "%s is no RPM package", path);
		package = kmend_array_add(packages->items, packages->count);
		package->file = kmend_strdup(entry->d_name);
		package->header = header;
	}
	if (packages->count)
		qsort(packages->items, packages->count, sizeof(*packages->items), compare_packages);
	return 0;
}

int kmend_updateinfo_write(const char *directory, const char *origin, const struct kmend_errata *const *errata,
			   struct kmend_buffer *ret_text, struct kmend_error *error)
{
	_cleanup_(packages_clear) struct packages packages = { 0 };
	int code;

	rpmReadConfigFiles(NULL, NULL);
	code = read_packages(directory, &packages, error);
	kmend_buffer_addf(ret_text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<updates>\n");
	for (size_t i = 0; i < packages.count && !code; i++) {
		_cleanup_manifest_ struct kmend_manifest *manifest = NULL;
		_cleanup_free_ char *path = kmend_path(directory, packages.items[i].file);

		if (!kmend_starts_with(headerGetString(packages.items[i].header, RPMTAG_NAME), PATCH_PREFIX))
			continue;
		code = read_manifest(path, &manifest, error);
		if (!code)
			add_advisory(ret_text, &packages, i, origin, manifest, erratum_of(manifest, errata));
	}
	kmend_buffer_addf(ret_text, "</updates>\n");
	return code;
}
