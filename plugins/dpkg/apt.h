/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packages through apt: looked up in its signed index, downloaded without root, and verified.
 * The machine's own package lists are used where they hold the package, else private ones in the cache.
 */
#ifndef KMEND_DPKG_APT_H
#define KMEND_DPKG_APT_H

#include "../../core/base/error.h"
#include "../../core/base/file.h"
#include "../../core/base/progress.h"
#include "../../core/base/str.h"

/* A package as apt's index describes it. All strings owned: kmend_apt_package_free(). */
struct kmend_apt_package {
	char *name;
	char *version;
	char *architecture;
	char *depends; /* "" if none */
	char *sha256;
	size_t size; /* bytes of the .deb */
};
void kmend_apt_package_free(struct kmend_apt_package *package);
KMEND_DEFINE_GUARD(struct kmend_apt_package *, kmend_apt_package_free, kmend_apt_package_guard);
#define _cleanup_apt_package_ _cleanup_(kmend_apt_package_guard)

struct kmend_apt {
	const char *cache;	   /* kmend's cache; apt's private state goes to apt/ in it, packages to debs/ */
	bool is_private;	   /* private lists are in use */
	bool is_fresh;		   /* private lists were fetched by this process */
	struct kmend_strv options; /* for apt-get and apt-cache */
};
void kmend_apt_free(struct kmend_apt *apt);

/*
 * Look a package up; version NULL: apt's choice, else exactly that one. -ENOENT (error untouched) if the index does
 * not have it. Other failures fill error.
 */
int kmend_apt_find(struct kmend_apt *apt, const char *name, const char *version, struct kmend_apt_package **ret_package,
		   struct kmend_error *error);

/* Fetch private package lists from the machine's own sources, and use them from now on. */
int kmend_apt_update(struct kmend_apt *apt, struct kmend_progress *progress, struct kmend_error *error);

/* Names in the index that begin with a prefix, sorted. */
int kmend_apt_names(struct kmend_apt *apt, const char *prefix, struct kmend_strv *ret_names, struct kmend_error *error);

/* Which of these there are, in what newest version: "NAME VERSION" each. */
int kmend_apt_newest(struct kmend_apt *apt, const struct kmend_strv *names, struct kmend_strv *ret_versions,
		     struct kmend_error *error);

/* Path of the package's file in the cache, if it is there and its digest is right; else NULL. New memory. */
char *kmend_apt_cached(const struct kmend_apt *apt, const struct kmend_apt_package *package);

/* Download a package into the cache and verify it. *ret_path: new memory. */
int kmend_apt_download(struct kmend_apt *apt, const struct kmend_apt_package *package, struct kmend_progress *progress,
		       char **ret_path, struct kmend_error *error);

/* For tests: one stanza of `apt-cache show`; NULL if it is no downloadable package. */
struct kmend_apt_package *kmend_apt_parse_stanza(const char *text, size_t size);

#endif
