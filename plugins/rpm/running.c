// SPDX-License-Identifier: GPL-2.0
/* The running kernel, as the rpm database names it. */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "database.h"
#include "rpm.h"

int kmend_rpm_running_kernel(char **ret_release, char **ret_version, struct kmend_error *error)
{
	struct utsname names;
	char *version = NULL;
	int code;

	if (uname(&names) < 0)
		return kmend_fail_errno(error, -errno, "cannot ask for the running kernel's name");
	code = kmend_rpm_kernel_version(names.release, &version, error);
	if (code)
		return code;
	*ret_release = kmend_strdup(names.release);
	*ret_version = version;
	return 0;
}
