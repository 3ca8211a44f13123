/* SPDX-License-Identifier: GPL-2.0 */
/* What all packagers do alike: what goes into a hotpatch package and what comes out of one, whatever its format. */
#ifndef KMEND_PLUGIN_PACKAGE_H
#define KMEND_PLUGIN_PACKAGE_H

#include <kmend/plugin.h>

#include "../container/container.h"

/* Below this, RELEASE/ID/{manifest.json,MODULE.ko…}: what the applier reads. Without the leading slash. */
#define KMEND_PACKAGE_UPDATES "usr/lib/kmend/updates"
#define KMEND_PACKAGE_MODULES "usr/lib/kmend/module"
#define KMEND_PACKAGE_ERRATA "usr/lib/kmend/errata"

/* Is it a release that may become part of package and file names? */
bool kmend_release_is_valid(const char *release);

/* Time of all files: SOURCE_DATE_EPOCH, else `known` if it is not 0, else a fixed one: the same input, the same bytes. */
int64_t kmend_package_time(int64_t known);

/*
 * The part of an update's id that its package is named by: "CVE-2026-1+2", the second edition of CVE-2026-1, is in a newer
 * version of the same package. *ret_edition: its number, 1 if the id has none. New memory.
 */
char *kmend_package_stem(const char *id, unsigned int *ret_edition);

/* The version of an update's package if none is given: EDITION.0. New memory. */
char *kmend_package_version(const char *id);

/*
 * "Name <mail>": what was asked for, else from DEBFULLNAME and DEBEMAIL, else a default. USAGE if it is of another
 * form. New memory.
 */
int kmend_package_maintainer(const struct kmend_package_request *request, char **ret_maintainer,
			     struct kmend_error *error);

/* Paragraphs on an update for its package's description: what, CVEs, erratum, effect. New memory. */
char *kmend_package_describe(const struct kmend_manifest *manifest);

/*
 * The digest that stands for one build of an update and no other, from its modules' build ids. -EINVAL: they have none,
 * so nothing can sit on it.
 */
int kmend_package_digest(const struct kmend_container *container, char ret_digest[KMEND_SHA256_HEX]);

/*
 * kmend.ko for a release: its bytes (owned) and its own version (owned, or NULL). NO_MODULE: it is another file;
 * OTHER_KERNEL: it was built for another kernel.
 */
int kmend_package_read_module(const char *path, const char *release, struct kmend_buffer *ret_bytes, char **ret_version,
			      struct kmend_error *error);

/* The manifest and modules in a package that nobody vouches for. Zero-initialise; kmend_found_clear(). */
struct kmend_found {
	struct kmend_buffer manifest;
	char *manifest_path;
	struct kmend_found_module {
		struct kmend_buffer data;
		char *path;
	} * modules;
	size_t nr_modules;
	size_t total; /* bytes of all modules */
};
void kmend_found_clear(struct kmend_found *found);
#define _cleanup_found_ _cleanup_(kmend_found_clear)

struct archive;
struct archive_entry;

/* DAMAGED: "PATH is damaged or not a hotpatch package: WHAT"; of libarchive's own words if `what` is NULL. */
int kmend_found_damaged(struct kmend_error *error, const char *path, struct archive *archive, const char *what);

/* Read one plain file of at most `most` bytes into an empty buffer. */
int kmend_found_read_entry(const char *path, struct archive *archive, struct archive_entry *entry, size_t most,
			   struct kmend_buffer *data, struct kmend_error *error);

/* Collect what lies below KMEND_PACKAGE_UPDATES from an opened archive whose names begin with "./". Bounded memory. */
int kmend_found_collect(const char *path, struct archive *archive, struct kmend_found *found,
			struct kmend_error *error);

/*
 * Check that the files lie where their manifest belongs and are those it speaks of, then write them to a directory,
 * the manifest last, so that a directory with one is complete. After a failure nothing is left.
 */
int kmend_found_write(const char *path, const struct kmend_found *found, const char *directory,
		      struct kmend_error *error);

#endif
