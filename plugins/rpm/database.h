/* SPDX-License-Identifier: GPL-2.0 */
/* Inside the rpm plugin only: questions to the rpm database. */
#ifndef KMEND_RPM_DATABASE_H
#define KMEND_RPM_DATABASE_H

#include "../../core/base/error.h"

/* VERSION-RELEASE of the installed package that the kernel of that release (uname -r) is from. NO_KERNEL: none. */
int kmend_rpm_kernel_version(const char *release, char **ret_version, struct kmend_error *error);

#endif
