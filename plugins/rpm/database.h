/* SPDX-License-Identifier: GPL-2.0 */
/* Inside the rpm plugin only: questions to the rpm database. */
#ifndef KMEND_RPM_DATABASE_H
#define KMEND_RPM_DATABASE_H

#include <stdbool.h>

#include "../../core/base/error.h"

/* VERSION-RELEASE of the installed package that the kernel of that release (uname -r) is from. NO_KERNEL: none. */
int kmend_rpm_kernel_version(const char *release, char **ret_version, struct kmend_error *error);

/* Is a package of that name installed? */
int kmend_rpm_is_installed(const char *name, bool *ret_installed, struct kmend_error *error);

#endif
