/* SPDX-License-Identifier: GPL-2.0 */
/* Inside the rpm plugin only: a package in the making, its spec file, and rpmbuild. */
#ifndef KMEND_RPM_SPEC_H
#define KMEND_RPM_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "../../core/plugin/package.h"

/* What an RPM is ordered by. epoch may be NULL; all owned. */
struct kmend_rpm_evr {
	char *epoch;
	char *version;
	char *release;
};
/* names.c: "[EPOCH:]VERSION[-RELEASE]"; false if it is no such thing. */
bool kmend_rpm_evr_split(const char *text, struct kmend_rpm_evr *ret_evr);
void kmend_rpm_evr_clear(struct kmend_rpm_evr *evr);

/* names.c: PREFIX-RELEASE or PREFIX-RELEASE-ID in lower case and without dots. New memory. */
char *kmend_rpm_name(const char *prefix, const char *release, const char *id);
bool kmend_rpm_name_is_valid(const char *name);

struct kmend_spec_file {
	char *path; /* without the leading slash */
	const void *data;
	size_t size;
};

/* One package in the making. Zero-initialise; kmend_spec_clear(). */
struct kmend_spec {
	char *name;
	struct kmend_rpm_evr evr;
	char *packager;
	char *summary;
	char *description;	     /* any text */
	char *change;		     /* the changelog's only entry */
	int64_t time;		     /* of all files */
	struct kmend_buffer fields;  /* further tags: trusted text */
	struct kmend_buffer scripts; /* sections of scriptlets: trusted text */
	struct kmend_strv owned;     /* directories that the package owns */
	struct kmend_spec_file *files;
	size_t nr_files;
};
void kmend_spec_clear(struct kmend_spec *spec);
#define _cleanup_spec_ _cleanup_(kmend_spec_clear)

/* Set and check name (taken over) and version. USAGE: values that RPM does not allow. */
int kmend_spec_identify(struct kmend_spec *spec, char *name, const char *version, struct kmend_error *error);

/* Add a file; the data must live as long as the spec. */
void kmend_spec_add_file(struct kmend_spec *spec, const void *data, size_t size, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* text.c: words of any text filled into lines that rpmbuild takes for text: no macros, no sections, valid UTF-8. */
void kmend_spec_fold(struct kmend_buffer *buffer, const char *text);

/* spec.c: the whole spec file. New memory. */
char *kmend_spec_format(const struct kmend_spec *spec);

/* rpmbuild.c: write files and spec into a private directory, run rpmbuild, move what it made to `output`. */
int kmend_spec_build(const struct kmend_spec *spec, const char *output, char **ret_path, struct kmend_error *error);

/* scripts.c: the scriptlets of a hotpatch package. */
void kmend_spec_add_scripts(struct kmend_spec *spec, const char *release, const char *id);

#endif
