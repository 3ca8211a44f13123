/* SPDX-License-Identifier: GPL-2.0 */
/* The operations of kmend-dpkg.so, one file each; see struct kmend_plugin for what each promises. */
#ifndef KMEND_DPKG_DPKG_H
#define KMEND_DPKG_DPKG_H

#include <kmend/plugin.h>

/* running.c */
int kmend_dpkg_running_kernel(char **ret_release, char **ret_version, struct kmend_error *error);
/* Debian's package version in a kernel's `uname -v`, or NULL. New memory. */
char *kmend_dpkg_version_of_uname(const char *uname_version);

/* source.c */
int kmend_dpkg_source(const char *release, unsigned int wants, const char *cache, struct kmend_progress *progress,
		      struct kmend_kernel_build **ret_build, struct kmend_error *error);

int kmend_dpkg_source_version(const char *release, const char *version, const char *cache,
			      struct kmend_progress *progress, char **ret_directory, struct kmend_error *error);

/* errata.c */
int kmend_dpkg_errata(const char *release, const char *version, const char *cache, struct kmend_progress *progress,
		      struct kmend_errata *errata, struct kmend_error *error);

/* manage.c */
int kmend_dpkg_manage(const struct kmend_manage_request *request, struct kmend_error *error);
int kmend_dpkg_held(struct kmend_strv *ret_packages, struct kmend_error *error);
int kmend_dpkg_available(const char *release, struct kmend_strv *ret_packages, struct kmend_error *error);

/* repository.c */
int kmend_dpkg_write_repository(const struct kmend_repository_request *request, struct kmend_error *error);

/* package*.c */
int kmend_dpkg_write_package(const struct kmend_package_request *request, char **ret_path, struct kmend_error *error);
int kmend_dpkg_read_package(const char *path, const char *directory, struct kmend_error *error);

char *kmend_dpkg_package_name(const char *release, const char *id);

/* status*.c */
int kmend_dpkg_installed_updates(struct kmend_strv *ret_updates, struct kmend_error *error);
int kmend_dpkg_missing_recommended(struct kmend_strv *ret_packages, struct kmend_error *error);

#endif
