// SPDX-License-Identifier: GPL-2.0
/*
 * kmend-dpkg-query: asks dpkg's status database, through libdpkg.
 *
 * A program of its own, since libdpkg is a static library that is not made for shared objects, reports errors by long
 * jumps and keeps one global database.
 *
 *   kmend-dpkg-query installed   "RELEASE ID PACKAGE VERSION" of each installed update
 *   kmend-dpkg-query missing     packages that an installed seed recommends but that never were installed
 *   kmend-dpkg-query notice      the same, told to a person; nothing if there is nothing to tell
 */
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dpkg/dpkg.h>
#include <dpkg/db-fsys.h>
#include <dpkg/dpkg-db.h>
#include <dpkg/fsys.h>
#include <dpkg/varbuf.h>

#define PATCH_PREFIX "kmend-patch-"
#define SEED_PREFIX "kmend-patches-"
#define UPDATES "/usr/lib/kmend/updates/"

static bool starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/*
 * Is it there? Yes too if it is unpacked but not configured: its files are complete. Not if it is on its way out, its
 * prerm running just now; if that fails, and the package has to stay, it is "installed" again.
 */
static bool is_there(const struct pkginfo *package)
{
	bool meant = package->want == PKG_WANT_INSTALL || package->want == PKG_WANT_HOLD;

	return package->status == PKG_STAT_INSTALLED || (meant && package->status >= PKG_STAT_UNPACKED);
}

/* Each .../RELEASE/ID/manifest.json that the package owns is one update. */
static void ask_installed(struct pkginfo *package)
{
	const struct fsys_namenode_list *file;

	if (!starts_with(package->set->name, PATCH_PREFIX) || !is_there(package))
		return;
	ensure_packagefiles_available(package);
	for (file = package->files; file; file = file->next) {
		const char *release = file->namenode->name + strlen(UPDATES), *id;
		size_t release_size, id_size;

		if (!starts_with(file->namenode->name, UPDATES))
			continue;
		release_size = strcspn(release, "/");
		if (!release[release_size])
			continue;
		id = release + release_size + 1;
		id_size = strcspn(id, "/");
		if (release_size && id_size && !strcmp(id + id_size, "/manifest.json"))
			printf("%.*s %.*s %s %s\n", (int)release_size, release, (int)id_size, id, package->set->name,
			       versiondescribe(&package->installed.version, vdew_nonambig));
	}
}

/* Removed, but not purged: dpkg remembers it, since hotpatch packages have a postrm. Somebody did not want it. */
static bool is_there_or_was(struct pkgset *set)
{
	for (struct pkginfo *package = &set->pkg; package; package = package->arch_next)
		if (package->status != PKG_STAT_NOTINSTALLED)
			return true;
	return false;
}

static unsigned int missing;
static bool for_persons;

static void tell_missing(const char *seed, const char *package)
{
	missing++;
	if (!for_persons) {
		puts(package);
		return;
	}
	if (missing == 1)
		puts("kmend: these hotpatches are recommended by their seed package, but not installed\n"
		     "kmend: (apt-get upgrade installs no new packages):");
	printf("kmend:   %s (%s)\n", package, seed);
}

static void ask_missing(struct pkginfo *package)
{
	if (!starts_with(package->set->name, SEED_PREFIX) || !is_there(package))
		return;
	for (struct dependency *tie = package->installed.depends; tie; tie = tie->next) {
		const char *first = NULL;
		bool there = false;

		if (tie->type != dep_recommends)
			continue;
		for (struct deppossi *choice = tie->list; choice; choice = choice->next) {
			there = there || is_there_or_was(choice->ed);
			if (!first && starts_with(choice->ed->name, PATCH_PREFIX))
				first = choice->ed->name;
		}
		if (first && !there)
			tell_missing(package->set->name, first);
	}
}

static const struct {
	const char *name;
	void (*ask)(struct pkginfo *package);
	bool for_persons;
} questions[] = {
	{ "installed", ask_installed, false },
	{ "missing", ask_missing, false },
	{ "notice", ask_missing, true },
};

static void print_problem(const char *message, const void *data)
{
	(void)data;
	fprintf(stderr, "%s\n", message);
}

/* A missing directory would silently count as a database without packages. */
static bool has_database(const char *directory)
{
	char *status = malloc(strlen(directory) + sizeof("/status"));
	bool there;

	if (!status)
		return false;
	sprintf(status, "%s/status", directory);
	there = !access(status, R_OK);
	if (!there)
		fprintf(stderr, "%s cannot be read\n", status);
	free(status);
	return there;
}

static int answer(void (*ask)(struct pkginfo *package), const char *directory)
{
	struct pkg_hash_iter *iterator;
	struct pkginfo *package;
	jmp_buf context;

	if (setjmp(context)) {
		pop_error_context(ehflag_bombout);
		return 1;
	}
	push_error_context_jump(&context, print_problem, NULL);
	dpkg_set_progname("kmend-dpkg-query");
	dpkg_db_set_dir(directory);
	modstatdb_open(msdbrw_readonly);
	iterator = pkg_hash_iter_new();
	while ((package = pkg_hash_iter_next_pkg(iterator)))
		ask(package);
	pkg_hash_iter_free(iterator);
	modstatdb_shutdown();
	pop_error_context(ehflag_normaltidy);
	if (for_persons && missing)
		puts("kmend: install them with 'apt install PACKAGE'; removing one later keeps it out.");
	return fflush(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
	/* DPKG_ADMINDIR is dpkg's own variable, which it also sets for maintainer scripts. */
	const char *named = getenv("DPKG_ADMINDIR");
	const char *directory = named && *named ? named : "/var/lib/dpkg";

	for (size_t i = 0; argc == 2 && i < sizeof(questions) / sizeof(*questions); i++) {
		if (strcmp(questions[i].name, argv[1]))
			continue;
		for_persons = questions[i].for_persons;
		return has_database(directory) ? answer(questions[i].ask, directory) : 1;
	}
	fputs("Usage: kmend-dpkg-query installed|missing|notice\n", stderr);
	return 64;
}
