/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The container ID.kmend: manifest, update modules, diff, provenance and verification in one archive with reproducible bytes.
 * Everything read is untrusted: sizes bounded, members fixed, digests and values checked.
 */
#ifndef KMEND_CONTAINER_CONTAINER_H
#define KMEND_CONTAINER_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/cleanup.h"
#include "../base/error.h"
#include "../base/file.h"
#include "../base/str.h"

/* Bounds on the bytes of a container and its members; more is refused, so reading takes bounded memory. */
#define KMEND_CONTAINER_MAX_FILE (64 << 20)
#define KMEND_CONTAINER_MAX_MANIFEST (2 << 20)
#define KMEND_CONTAINER_MAX_MODULE (32 << 20) /* all update modules together */
#define KMEND_CONTAINER_MAX_PARTS 64
#define KMEND_CONTAINER_MAX_DIFF (16 << 20)
#define KMEND_CONTAINER_MAX_PROVENANCE (1 << 20)
#define KMEND_CONTAINER_MAX_VERIFICATION (1 << 20)

/* One target, and the update module that changes it. */
struct kmend_manifest_part {
	char *target;	   /* "vmlinux", or a module's name with underscores */
	char *module_name; /* kmend_cve_2026_52928, kmend_cve_2026_52928__nf_tables */
	char module_sha256[KMEND_SHA256_HEX];
	int64_t module_size;
	struct kmend_strv units;
};

struct kmend_manifest_function {
	size_t part; /* whose target it belongs to */
	char *unit;
	char *name;
	char *change; /* "changed", "new", "removed"; "switched": it is a constant */
};

/* An update that this one sits on. */
struct kmend_manifest_base {
	char *id;
	char digest[KMEND_SHA256_HEX]; /* of that build: kmend_build_digest() */
};

/* What the manifest says; every string owned and checked. */
struct kmend_manifest {
	char *id;
	char *description;
	char *release;
	char *version;
	char *compiler;
	char *engine;			   /* "stop", "gradual", "stop-or-gradual" */
	struct kmend_manifest_part *parts; /* at least one; that of vmlinux first */
	size_t nr_parts;
	char diff_sha256[KMEND_SHA256_HEX];
	char provenance_sha256[KMEND_SHA256_HEX];
	char verification_sha256[KMEND_SHA256_HEX];
	char *verdict;		   /* "hotpatch", "hotpatch+hook" */
	struct kmend_strv reasons; /* what was seen that bears on it: "CODE: TEXT" */
	struct kmend_strv waivers; /* reasons that the author answered: "CODE[:SYMBOL]=TEXT" */
	bool escapes;
	struct kmend_strv cves;
	struct kmend_manifest_function *functions;
	size_t nr_functions;
	struct kmend_manifest_base *bases; /* in the order they are applied */
	size_t nr_bases;
	struct kmend_strv replaces; /* ids of the updates that this one takes the place of */
	char *erratum;		    /* or "" */
	int64_t created;	    /* seconds since the epoch: SOURCE_DATE_EPOCH, else 0 */
};
void kmend_manifest_free(struct kmend_manifest *manifest);
KMEND_DEFINE_GUARD(struct kmend_manifest *, kmend_manifest_free, kmend_manifest_guard);
#define _cleanup_manifest_ _cleanup_(kmend_manifest_guard)

/*
 * What identifies this build of the update: hex SHA-256 over the hexadecimal digests of its modules, in the parts' order.
 */
void kmend_manifest_digest(const struct kmend_manifest *manifest, char ret_digest[KMEND_SHA256_HEX]);

/* JSON text of a manifest (new memory), and back. Parsing: BAD_MANIFEST with the field's name and what is allowed. */
char *kmend_manifest_format(const struct kmend_manifest *manifest);
int kmend_manifest_parse(const char *text, size_t size, struct kmend_manifest **ret_manifest,
			 struct kmend_error *error);

struct kmend_container {
	struct kmend_manifest *manifest;
	struct kmend_buffer *modules; /* bytes of the update modules, one per part */
	char *diff;
	size_t diff_size;
	char *provenance;   /* JSON text */
	char *verification; /* JSON text of kmend verify; "{}": it was not verified. NULL is written so. */
};
void kmend_container_free(struct kmend_container *container);
KMEND_DEFINE_GUARD(struct kmend_container *, kmend_container_free, kmend_container_guard);
#define _cleanup_container_ _cleanup_(kmend_container_guard)

/*
 * Digests and sizes in the manifest are filled in from the bytes; so are the modules' names, engine, verdict and
 * erratum where they are NULL. Atomic. BAD_MANIFEST: a value that could not be read back.
 */
int kmend_container_write(const char *path, struct kmend_container *container, struct kmend_error *error);
/* DAMAGED: truncated, altered, not a container, too large. BAD_MANIFEST: values. */
int kmend_container_read(const char *path, struct kmend_container **ret_container, struct kmend_error *error);
/* The same from memory; `path` is for messages only. */
int kmend_container_parse(const char *path, const void *data, size_t size, struct kmend_container **ret_container,
			  struct kmend_error *error);
/* SHA-256 of all that makes a container's update what it is; so not of what kmend verify adds to it. */
int kmend_container_digest(const char *path, char ret_hex[KMEND_SHA256_HEX], struct kmend_error *error);

#endif
