// SPDX-License-Identifier: GPL-2.0
/* updateinfo.xml, read by libsolv, as dnf does. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <solv/dataiterator.h>
#include <solv/knownid.h>
#include <solv/pool.h>
#include <solv/repo.h>
#include <solv/repo_updateinfoxml.h>
#include <solv/solv_xfopen.h>

#include "updateinfo.h"

#define ADVISORIES_MOST 100000
#define PREFIX "patch:" /* what libsolv puts in front of an advisory's id */

static void pool_guard(Pool **pool)
{
	pool_free(*pool);
}

static const char *text_of(Pool *pool, Id solvable, Id key)
{
	const char *text = pool_lookup_str(pool, solvable, key);

	return text ? text : "";
}

/* An address, if it is one; and the CVEs that are named. */
static void add_references(Pool *pool, Repo *repo, Id advisory, struct kmend_erratum *erratum)
{
	Dataiterator entry;

	dataiterator_init(&entry, pool, repo, advisory, UPDATE_REFERENCE, NULL, 0);
	while (dataiterator_step(&entry)) {
		const char *id, *address;

		dataiterator_setpos(&entry);
		id = text_of(pool, SOLVID_POS, UPDATE_REFERENCE_ID);
		address = text_of(pool, SOLVID_POS, UPDATE_REFERENCE_HREF);
		kmend_cves_collect(id, strlen(id), &erratum->cves);
		if ((kmend_starts_with(address, "https://") || kmend_starts_with(address, "http://")) &&
		    !kmend_strv_has(&erratum->references, address))
			kmend_strv_add(&erratum->references, address);
	}
	dataiterator_free(&entry);
}

/* Flags of a package: a reboot is wanted when it is updated. */
static void add_packages(Pool *pool, Repo *repo, Id advisory, struct kmend_erratum *erratum)
{
	Dataiterator entry;

	dataiterator_init(&entry, pool, repo, advisory, UPDATE_COLLECTION, NULL, 0);
	while (dataiterator_step(&entry)) {
		struct kmend_erratum_fix *fix;
		Id name, evr, arch;

		dataiterator_setpos(&entry);
		name = pool_lookup_id(pool, SOLVID_POS, UPDATE_COLLECTION_NAME);
		evr = pool_lookup_id(pool, SOLVID_POS, UPDATE_COLLECTION_EVR);
		arch = pool_lookup_id(pool, SOLVID_POS, UPDATE_COLLECTION_ARCH);
		if (!name || !evr)
			continue;
		fix = kmend_erratum_add_fix(erratum, pool_id2str(pool, name), pool_id2str(pool, evr));
		if (arch && arch != ARCH_NOARCH)
			kmend_errata_set(&fix->arch, pool_id2str(pool, arch));
		if (pool_lookup_num(pool, SOLVID_POS, UPDATE_COLLECTION_FLAGS, 0) & 1)
			erratum->reboot = true;
	}
	dataiterator_free(&entry);
}

static bool has_packages(Pool *pool, Repo *repo, Id advisory)
{
	Dataiterator entry;
	bool found;

	dataiterator_init(&entry, pool, repo, advisory, UPDATE_COLLECTION, NULL, 0);
	found = dataiterator_step(&entry);
	dataiterator_free(&entry);
	return found;
}

static void add_advisory(Pool *pool, Repo *repo, Id advisory, struct kmend_errata *errata)
{
	const char *id = pool_id2str(pool, pool_id2solvable(pool, advisory)->name);
	const char *category = text_of(pool, advisory, SOLVABLE_PATCHCATEGORY), *title, *description;
	struct kmend_erratum *erratum;

	if (!kmend_starts_with(id, PREFIX) || !id[strlen(PREFIX)] || !has_packages(pool, repo, advisory))
		return;
	id += strlen(PREFIX);
	/* The same advisory in several repositories names other packages in each. */
	erratum = kmend_errata_find(errata, id);
	if (!erratum)
		erratum = kmend_errata_add(errata, id);
	title = text_of(pool, advisory, SOLVABLE_SUMMARY);
	description = text_of(pool, advisory, SOLVABLE_DESCRIPTION);
	kmend_errata_set(&erratum->title, title);
	erratum->kind = !strcmp(category, "security")	   ? KMEND_ERRATUM_SECURITY
			: !strcmp(category, "enhancement") ? KMEND_ERRATUM_ENHANCEMENT
							   : KMEND_ERRATUM_BUGFIX;
	erratum->severity = kmend_severity_parse(text_of(pool, advisory, UPDATE_SEVERITY));
	erratum->issued = pool_lookup_num(pool, advisory, SOLVABLE_BUILDTIME, 0);
	erratum->reboot = erratum->reboot || pool_lookup_void(pool, advisory, UPDATE_REBOOT);
	/* Some vendors name the CVEs in words only. */
	add_references(pool, repo, advisory, erratum);
	if (!erratum->cves.count) {
		kmend_cves_collect(title, strlen(title), &erratum->cves);
		kmend_cves_collect(description, strlen(description), &erratum->cves);
	}
	add_packages(pool, repo, advisory, erratum);
}

int kmend_updateinfo_read(const char *path, struct kmend_errata *errata, struct kmend_error *error)
{
	_cleanup_(pool_guard) Pool *pool = pool_create();
	Repo *repo = repo_create(pool, "updateinfo");
	struct stat status;
	FILE *file;
	int code;
	Id id;

	if (stat(path, &status) < 0)
		return kmend_fail_errno(error, -errno, "cannot read %s", path);
	if (!S_ISREG(status.st_mode) || status.st_size > KMEND_ERRATA_MAX_FILE)
		return kmend_fail(error, KMEND_STATUS_DAMAGED, -EFBIG, "%s is too large for an updateinfo.xml", path);
	file = solv_xfopen(path, "r");
	if (!file)
		return kmend_fail(error, KMEND_STATUS_DAMAGED, -EBADMSG,
				  "%s cannot be opened or is compressed by a "
				  "program that is not known here",
				  path);
	code = repo_add_updateinfoxml(repo, file, 0);
	fclose(file);
	if (code)
		return kmend_fail(error, KMEND_STATUS_DAMAGED, -EBADMSG, "%s is no updateinfo.xml: %s", path,
				  pool_errstr(pool));
	if (repo->nsolvables > ADVISORIES_MOST)
		return kmend_fail(error, KMEND_STATUS_DAMAGED, -E2BIG, "%s has more than %d advisories", path,
				  ADVISORIES_MOST);
	for (id = repo->start; id < repo->end; id++)
		if (pool_id2solvable(pool, id)->repo == repo)
			add_advisory(pool, repo, id, errata);
	return 0;
}
