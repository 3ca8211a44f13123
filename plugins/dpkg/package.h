/* SPDX-License-Identifier: GPL-2.0 */
/* Inside the dpkg plugin only: what the three kinds of packages share. */
#ifndef KMEND_DPKG_PACKAGE_H
#define KMEND_DPKG_PACKAGE_H

#include "../../core/plugin/package.h"
#include "ar_deb.h"

/* One package in the making. Zero-initialise; kmend_package_clear(). */
struct kmend_package {
	char *name;
	char *version;
	char *maintainer;
	struct kmend_deb deb;
};
void kmend_package_clear(struct kmend_package *package);
#define _cleanup_package_ _cleanup_(kmend_package_clear)

/* One function for each kind: fill in name, version, fields, description and files. */
int kmend_package_update(const struct kmend_package_request *request, struct kmend_package *package,
			 struct kmend_error *error);
int kmend_package_seed(const struct kmend_package_request *request, struct kmend_package *package,
		       struct kmend_error *error);
int kmend_package_module(const struct kmend_package_request *request, struct kmend_package *package,
			 struct kmend_error *error);

/* Set and check name and version (BAD values: USAGE); `name` is taken over. */
int kmend_package_identify(struct kmend_package *package, char *name, const char *version, struct kmend_error *error);

/* Add the fields all kinds have, then copyright and changelog; `depends`: further fields, one line each. */
int kmend_package_complete(struct kmend_package *package, const char *further_fields, const char *synopsis,
			   const char *body, const char *change, struct kmend_error *error);

/* PREFIX-RELEASE or PREFIX-RELEASE-ID as Debian allows it: lower case, no underscores. New memory. */
char *kmend_dpkg_name(const char *prefix, const char *release, const char *id);

bool kmend_dpkg_name_is_valid(const char *name);

/* text.c: a Description's extended part: words of `text` filled into lines, paragraphs kept, no control characters. */
void kmend_text_fold(struct kmend_buffer *buffer, const char *text);

/* scripts.c: add the maintainer scripts of a hotpatch package. */
void kmend_package_add_scripts(struct kmend_deb *deb, const char *release, const char *id);

#endif
