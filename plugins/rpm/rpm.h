/* SPDX-License-Identifier: GPL-2.0 */
/* The operations of kmend-rpm.so, one file each; see struct kmend_plugin for what each promises. */
#ifndef KMEND_RPM_RPM_H
#define KMEND_RPM_RPM_H

#include <kmend/plugin.h>

/* names.c */
char *kmend_rpm_package_name(const char *release, const char *id);

/* running.c */
int kmend_rpm_running_kernel(char **ret_release, char **ret_version, struct kmend_error *error);

/* package*.c */
int kmend_rpm_write_package(const struct kmend_package_request *request, char **ret_path, struct kmend_error *error);
int kmend_rpm_read_package(const char *path, const char *directory, struct kmend_error *error);

/* status.c */
int kmend_rpm_installed_updates(struct kmend_strv *ret_updates, struct kmend_error *error);
int kmend_rpm_missing_recommended(struct kmend_strv *ret_packages, struct kmend_error *error);

/* source.c */
int kmend_rpm_source(const char *release, unsigned int wants, const char *cache, struct kmend_progress *progress,
		     struct kmend_kernel_build **ret_build, struct kmend_error *error);

/* errata.c */
int kmend_rpm_errata(const char *release, const char *version, const char *cache, struct kmend_progress *progress,
		     struct kmend_errata *errata, struct kmend_error *error);

/* repository.c */
int kmend_rpm_write_repository(const struct kmend_repository_request *request, struct kmend_error *error);

/* manage.c */
int kmend_rpm_available(const char *release, struct kmend_strv *ret_packages, struct kmend_error *error);
int kmend_rpm_held(struct kmend_strv *ret_packages, struct kmend_error *error);
int kmend_rpm_manage(const struct kmend_manage_request *request, struct kmend_error *error);

#endif
