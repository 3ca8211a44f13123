// SPDX-License-Identifier: GPL-2.0
/* The rpm database, through librpm. It is opened for reading only, which also works within a scriptlet. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <rpm/header.h>
#include <rpm/rpmdb.h>
#include <rpm/rpmds.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmmacro.h>
#include <rpm/rpmts.h>

#include "../../core/base/file.h"
#include "../../core/record/record.h"
#include "database.h"
#include "rpm.h"

#define PATCH_PREFIX "kmend-patch-"
#define SEED_PREFIX "kmend-patches-"
#define UPDATES "/usr/lib/kmend/updates/"
#define RECORD "/var/lib/kmend/record"

struct database {
	rpmts transaction;
	struct kmend_buffer words; /* librpm's own, which would go to standard error */
};

static int keep_words(rpmlogRec record, rpmlogCallbackData data)
{
	struct kmend_buffer *words = data;

	if (rpmlogRecPriority(record) <= RPMLOG_ERR)
		kmend_buffer_addf(words, "%s", rpmlogRecMessage(record));
	return 0; /* no more is to be done with it */
}

static void database_close(struct database *database)
{
	if (database->transaction)
		rpmtsFree(database->transaction);
	rpmlogSetCallback(NULL, NULL);
	kmend_buffer_free(&database->words);
}

static int cannot_read(struct database *database, struct kmend_error *error)
{
	kmend_fail(error, KMEND_STATUS_FAILURE, -EIO, "cannot read the rpm database");
	kmend_advise(error, "See 'rpm -qa'; 'rpmdb --rebuilddb' may mend it.");
	kmend_detail(error, database->words.data ? database->words.data : "");
	return -EIO;
}

/* A directory without a database would silently count as one without packages. */
static int database_open(struct database *database, struct kmend_error *error)
{
	static const char *const files[] = { "rpmdb.sqlite", "Packages.db", "Packages" };
	_cleanup_free_ char *path = NULL;
	static bool configured;
	bool there = false;
	char *expanded;

	rpmlogSetCallback(keep_words, &database->words);
	if (!configured && rpmReadConfigFiles(NULL, NULL))
		return cannot_read(database, error);
	configured = true;
	expanded = rpmExpand("%{?_dbpath}", NULL);
	path = kmend_strdup(expanded);
	free(expanded);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(files) && !there; i++) {
		_cleanup_free_ char *file = kmend_path(path, files[i]);

		there = kmend_file_exists(file);
	}
	if (!there) {
		kmend_fail(error, KMEND_STATUS_FAILURE, -ENOENT, "there is no rpm database in %s", path);
		kmend_advise(error, "See the macro %%_dbpath ('rpm --eval %%_dbpath').");
		return -ENOENT;
	}
	database->transaction = rpmtsCreate();
	/* Headers are believed as far as they were when they were installed: digests only, no keys. */
	rpmtsSetVSFlags(database->transaction, RPMVSF_MASK_NOSIGNATURES);
	if (rpmtsOpenDB(database->transaction, O_RDONLY))
		return cannot_read(database, error);
	return 0;
}

/* Call for each installed package whose name begins so. */
static int each_package(struct database *database, const char *prefix,
			void (*call)(Header header, struct kmend_strv *answers), struct kmend_strv *answers,
			struct kmend_error *error)
{
	rpmdbMatchIterator iterator = rpmtsInitIterator(database->transaction, RPMDBI_PACKAGES, NULL, 0);
	Header header;

	while (iterator && (header = rpmdbNextIterator(iterator))) {
		const char *name = headerGetString(header, RPMTAG_NAME);

		if (name && kmend_starts_with(name, prefix))
			call(header, answers);
	}
	rpmdbFreeIterator(iterator);
	return database->words.size ? cannot_read(database, error) : 0;
}

/* Each .../RELEASE/ID/manifest.json that the package owns is one update. */
static void add_updates(Header header, struct kmend_strv *answers)
{
	rpmtd files = rpmtdNew();
	char *evr = headerGetAsString(header, RPMTAG_EVR);
	const char *name = headerGetString(header, RPMTAG_NAME), *path;

	headerGet(header, RPMTAG_FILENAMES, files, HEADERGET_EXT);
	while ((path = rpmtdNextString(files))) {
		const char *release = path + strlen(UPDATES), *id;
		size_t release_size, id_size;

		if (!kmend_starts_with(path, UPDATES))
			continue;
		release_size = strcspn(release, "/");
		if (!release_size || !release[release_size])
			continue;
		id = release + release_size + 1;
		id_size = strcspn(id, "/");
		if (id_size && !strcmp(id + id_size, "/manifest.json"))
			kmend_strv_addf(answers, "%.*s %.*s %s %s", (int)release_size, release, (int)id_size, id, name,
					evr ? evr : "");
	}
	rpmtdFreeData(files);
	rpmtdFree(files);
	free(evr);
}

int kmend_rpm_installed_updates(struct kmend_strv *ret_updates, struct kmend_error *error)
{
	_cleanup_(database_close) struct database database = { 0 };
	_cleanup_strv_ struct kmend_strv answers = { 0 };
	int code = database_open(&database, error);

	if (!code)
		code = each_package(&database, PATCH_PREFIX, add_updates, &answers, error);
	if (code)
		return code;
	kmend_strv_sort(&answers);
	*ret_updates = answers;
	answers = (struct kmend_strv){ 0 };
	return 0;
}

static void add_recommended(Header header, struct kmend_strv *answers)
{
	rpmtd names = rpmtdNew();
	const char *name;

	headerGet(header, RPMTAG_RECOMMENDNAME, names, HEADERGET_MINMEM);
	while ((name = rpmtdNextString(names)))
		if (kmend_starts_with(name, PATCH_PREFIX) && !kmend_strv_has(answers, name))
			kmend_strv_add(answers, name);
	rpmtdFreeData(names);
	rpmtdFree(names);
}

static bool is_installed(struct database *database, const char *name)
{
	rpmdbMatchIterator iterator = rpmtsInitIterator(database->transaction, RPMDBI_NAME, name, 0);
	bool there = iterator && rpmdbNextIterator(iterator);

	rpmdbFreeIterator(iterator);
	return there;
}

int kmend_rpm_is_installed(const char *name, bool *ret_installed, struct kmend_error *error)
{
	_cleanup_(database_close) struct database database = { 0 };
	int code = database_open(&database, error);

	if (!code)
		*ret_installed = is_installed(&database, name);
	return code;
}

/*
 * rpm does not remember what was removed; kmend's record does: an update that once was applied has one with its
 * package's name.
 */
static bool was_removed(const char *name)
{
	_cleanup_strv_ struct kmend_strv ids = { 0 };
	bool found = false;

	if (kmend_record_list(RECORD, &ids, NULL))
		return false;
	for (size_t i = 0; i < ids.count && !found; i++) {
		struct kmend_record *record;

		if (kmend_record_read(RECORD, ids.items[i], &record, NULL))
			continue;
		found = !strcmp(record->package, name);
		kmend_record_free(record);
	}
	return found;
}

int kmend_rpm_missing_recommended(struct kmend_strv *ret_packages, struct kmend_error *error)
{
	_cleanup_(database_close) struct database database = { 0 };
	_cleanup_strv_ struct kmend_strv names = { 0 }, missing = { 0 };
	int code = database_open(&database, error);

	if (!code)
		code = each_package(&database, SEED_PREFIX, add_recommended, &names, error);
	if (code)
		return code;
	kmend_strv_sort(&names);
	for (size_t i = 0; i < names.count; i++)
		if (!is_installed(&database, names.items[i]) && !was_removed(names.items[i]))
			kmend_strv_add(&missing, names.items[i]);
	*ret_packages = missing;
	missing = (struct kmend_strv){ 0 };
	return 0;
}

/* Does the package provide the release under one of the names that RPM distributions use? */
static bool provides_release(Header header, const char *release)
{
	rpmds provides = rpmdsNew(header, RPMTAG_PROVIDENAME, 0);
	bool found = false;

	while (!found && rpmdsNext(provides) >= 0)
		found = kmend_ends_with(rpmdsN(provides), "-uname-r") && rpmdsEVR(provides) &&
			!strcmp(rpmdsEVR(provides), release);
	rpmdsFree(provides);
	return found;
}

int kmend_rpm_kernel_version(const char *release, char **ret_version, struct kmend_error *error)
{
	_cleanup_free_ char *lib = kmend_format("/lib/modules/%s/vmlinuz", release);
	_cleanup_free_ char *usr = kmend_format("/usr/lib/modules/%s/vmlinuz", release);
	/* The file tells most surely; one that was installed elsewhere is known by what its package provides. */
	const struct {
		rpmDbiTagVal index;
		const char *key;
	} questions[] = {
		{ RPMDBI_INSTFILENAMES, lib },
		{ RPMDBI_INSTFILENAMES, usr },
		{ RPMDBI_PROVIDENAME, "kernel-core-uname-r" },
		{ RPMDBI_PROVIDENAME, "kernel-uname-r" },
	};
	_cleanup_(database_close) struct database database = { 0 };
	char *version = NULL;
	int code = database_open(&database, error);

	for (size_t i = 0; !code && i < KMEND_ARRAY_SIZE(questions) && !version; i++) {
		rpmdbMatchIterator iterator =
			rpmtsInitIterator(database.transaction, questions[i].index, questions[i].key, 0);
		Header header;

		while (iterator && !version && (header = rpmdbNextIterator(iterator)))
			if (questions[i].index == RPMDBI_INSTFILENAMES || provides_release(header, release))
				version = kmend_format("%s-%s", headerGetString(header, RPMTAG_VERSION),
						       headerGetString(header, RPMTAG_RELEASE));
		rpmdbFreeIterator(iterator);
	}
	if (code)
		return code;
	if (!version)
		return kmend_fail(error, KMEND_STATUS_NO_KERNEL, -ENOENT,
				  "no package in the rpm database has the kernel %s", release);
	*ret_version = version;
	return 0;
}
