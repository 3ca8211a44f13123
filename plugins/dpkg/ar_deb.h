/* SPDX-License-Identifier: GPL-2.0 */
/* A Debian binary package as bytes: the same content gives the same bytes. */
#ifndef KMEND_DPKG_AR_DEB_H
#define KMEND_DPKG_AR_DEB_H

#include <stdint.h>
#include <sys/types.h>

#include <kmend/plugin.h>

/* One file of a tar; directories above it are added by themselves. */
struct kmend_deb_file {
	char *path;  /* relative: usr/lib/... or postinst */
	char *bytes; /* owned */
	size_t size;
	mode_t mode;
};

struct kmend_deb {
	struct kmend_deb_file *control; /* besides control and md5sums, which are made */
	size_t nr_control;
	struct kmend_deb_file *data;
	size_t nr_data;
	struct kmend_buffer fields; /* control fields, without Installed-Size and Description */
	char *description;	    /* value of the field Description, folded */
	int64_t time;		    /* of every file: seconds since the epoch */
};
void kmend_deb_free(struct kmend_deb *deb);
#define _cleanup_deb_ _cleanup_(kmend_deb_free)

/* Add a file with a copy of the bytes. The path is formatted. */
void kmend_deb_add_data(struct kmend_deb *deb, const void *bytes, size_t size, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void kmend_deb_add_script(struct kmend_deb *deb, const char *name, const char *text);

/* The whole package. */
int kmend_deb_build(const struct kmend_deb *deb, struct kmend_buffer *ret_bytes, struct kmend_error *error);

/* gzip -9n. */
int kmend_deb_gzip(const void *bytes, size_t size, struct kmend_buffer *ret_bytes, struct kmend_error *error);

#endif
