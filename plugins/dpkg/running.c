// SPDX-License-Identifier: GPL-2.0
/* The running kernel, as Debian names it. */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "dpkg.h"

/* Debian's kernels say "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-08-12)" (KBUILD_BUILD_VERSION of its packaging). */
char *kmend_dpkg_version_of_uname(const char *uname_version)
{
	const char *begin = strstr(uname_version, " Debian ");
	size_t length;

	if (!begin)
		return NULL;
	begin += strlen(" Debian ");
	length = strcspn(begin, " ");
	return length ? kmend_strndup(begin, length) : NULL;
}

int kmend_dpkg_running_kernel(char **ret_release, char **ret_version, struct kmend_error *error)
{
	struct utsname names;
	char *version;

	if (uname(&names) < 0)
		return kmend_fail_errno(error, -errno, "cannot ask for the running kernel's name");
	version = kmend_dpkg_version_of_uname(names.version);
	if (!version)
		return kmend_fail(error, KMEND_STATUS_NO_KERNEL, -ENOENT,
				  "the running kernel (%s, %s) is not one of Debian's packages", names.release,
				  names.version);
	*ret_release = kmend_strdup(names.release);
	*ret_version = version;
	return 0;
}
